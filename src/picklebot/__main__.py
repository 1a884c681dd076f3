"""`python -m picklebot` is the same as `picklebot`."""

from picklebot.cli.main import main

main()
