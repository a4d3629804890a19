"""What the two Zalo emulators share: a server on loopback, faults, a media host, a webhook courier."""
