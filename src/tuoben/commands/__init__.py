"""What each command does. `tuoben.cli` reads the call, sets up Django and hands over to one function here."""
