"""The built-in experiments and studies, one TOML file each."""
