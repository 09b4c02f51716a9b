"""Git, from the outside: addresses, mirrors, refs and histories in; plain records out. No bus, no database."""
