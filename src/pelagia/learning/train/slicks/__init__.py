"""Training of models of oil slicks: radar scenes made by a program, pictures made of them, the network, its package."""
