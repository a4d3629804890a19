"""What an installation's officers entered about agencies, hotlines and banks, laid over the repository."""
