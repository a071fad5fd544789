"""What every readings store must do, run against each kind of it."""
