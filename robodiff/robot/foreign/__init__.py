"""Robots written for other tools (MJCF, URDF), read by C MuJoCo and rewritten as robot files."""
