"""Shell scripts for POSIX sh that bring images into private ECR: by copies, or through its pull-through caches."""
