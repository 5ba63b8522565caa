"""DGCPN: its options and the method."""
