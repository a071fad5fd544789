"""Words everybody uses: points, readings, quality, periods, working days, identity numbers. Plain Python, no I/O."""
