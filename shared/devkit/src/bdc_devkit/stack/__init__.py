"""A whole running system on one machine: servers, services, and who watches over them."""
