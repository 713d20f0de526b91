"""Pictures of the ground: photos, orthophotos, tiles; where they lie and what they show."""
