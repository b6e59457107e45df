"""Controllers: from parameters, time and state to the robot's command."""
