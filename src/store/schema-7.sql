-- Version 7. Lists of parts are shorter: a run that changes one file of many adds less.

-- Steps from one id of a part to the next, see manifests.rs. A manifest of version 6 has `parts` instead, four bytes for each id, little-endian.
ALTER TABLE manifests ADD COLUMN steps BLOB;
