//! Catalogs of other systems, both ways: CKAN, DCAT-AP, tables of the 13 core elements, and the states of existing platforms.
