"""What is inside of networks: tables and plots of their layers, pictures of what they see."""
