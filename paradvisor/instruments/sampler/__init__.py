"""What the heartbeat sampler is made of; it runs inside the target: standard library only."""
