"""What a shadow trial is made of. These files run inside the target: standard library only."""
