"""Topic back ends, one file each."""
