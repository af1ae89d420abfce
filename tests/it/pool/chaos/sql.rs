//! The texts, and the functions in the database.

use diesel::prelude::*;
use diesel::sql_types::Text;

/// What functions leave, each in its own way.
pub(super) const FUNCTIONS: &str = "
    CREATE FUNCTION public.leave() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('chaos.mark', 'marked', false), pg_advisory_lock_shared(42);
        LISTEN chaos;
        CREATE TEMP TABLE IF NOT EXISTS stash AS SELECT title FROM documents LIMIT 1;
        RETURN '';
    END $$;
    CREATE FUNCTION public.move_to(schema text) RETURNS text LANGUAGE sql VOLATILE AS $$
        SELECT set_config('search_path', quote_ident(schema) || ', public', false)
    $$;";

diesel::define_sql_function!(
    /// Leaves a setting, a lock, a temporary table, and listens.
    #[sql_name = "public.leave"]
    fn leave() -> Text
);
diesel::define_sql_function!(
    /// Moves the connection.
    #[sql_name = "public.move_to"]
    fn move_to(schema: Text) -> Text
);

/// What a connection has from somebody else, in words; nothing if it is clean.
pub(super) const REMAINS: &str =
    "SELECT concat_ws(', ', nullif(current_setting('chaos.mark', true), ''),
    (SELECT 'listens' FROM pg_listening_channels() LIMIT 1),
    (SELECT 'locks' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() LIMIT 1),
    (SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() LIMIT 1),
    (SELECT name FROM pg_cursors WHERE is_holdable LIMIT 1),
    nullif(current_user, session_user), nullif(current_setting('TimeZone'), 'UTC')) AS text";

pub(super) const KILL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> 'bystander'
    ORDER BY random() LIMIT 1";

pub(super) const TERMINATE: &str = "SELECT pg_terminate_backend(pg_backend_pid())::text AS text";

#[derive(Debug, QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    pub(super) text: String,
}
