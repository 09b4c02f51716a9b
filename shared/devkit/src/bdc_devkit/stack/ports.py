"""Ports on the loopback interface."""

import socket

from bdc_chassis.errors import ConfigurationError

from bdc_devkit.embedded.postgres import free_port

LOOPBACK = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on the port right now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def claim_port(wanted: int) -> int:
    """Return `wanted`, or any free port for 0.

    Raises:
        ConfigurationError: somebody else listens there.
    """
    if wanted == 0:
        return free_port()
    if not port_is_free(wanted):
        raise ConfigurationError(f"Port {wanted} on {LOOPBACK} is taken or forbidden: choose another one with --port")
    return wanted
