"""From a map to a picture: fills, pastes, warped pixels, and what stays as it was."""
