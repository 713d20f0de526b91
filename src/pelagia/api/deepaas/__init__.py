"""The DEEPaaS V2 interface: what clients of the original modules speak, for every service."""
