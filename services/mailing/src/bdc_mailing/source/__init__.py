"""Archives of mail: bytes in, plain records out. No bus, no database."""
