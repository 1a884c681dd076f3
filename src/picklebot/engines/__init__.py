"""What answers: one folder per engine, each behind the port `picklebot.ports.engine.Engine`."""
