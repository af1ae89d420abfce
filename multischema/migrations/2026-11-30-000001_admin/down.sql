DROP TABLE multischema.log_entries;
DROP TABLE multischema.admin_attempts;
DROP TABLE multischema.admin_roles;
DROP TABLE multischema.admin_grants;
DROP TABLE multischema.admin_sessions;
DROP TABLE multischema.admin_users;
