"""Models for the real DEEPaaS that Pelagia is compared with."""
