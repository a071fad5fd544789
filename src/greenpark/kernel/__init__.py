"""Words everybody uses: points, readings, quality, periods, working days, identity numbers, packs and factors.

Plain Python without I/O, but for packs: data that is part of the product and is read from its files.
"""
