//! The library's own tables that say who may do what.

diesel::table! {
    /// Users of the site.
    multischema.admin_users (id) {
        /// Counts from 1.
        id -> BigInt,
        /// The `user_id` of members.
        name -> Text,
        /// See [`password`](super::password).
        password_hash -> Text,
        /// May do everything.
        is_superuser -> Bool,
        /// May log in.
        is_active -> Bool,
        /// Which of the user's sessions are still good.
        session_epoch -> Integer,
        /// When the row was made.
        created_at -> Timestamptz,
        /// When somebody last logged in by it.
        last_login -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Sessions of browsers.
    multischema.admin_sessions (id) {
        /// The hash of what the browser has.
        id -> Bytea,
        /// Whose it is.
        user_id -> Nullable<BigInt>,
        /// What is remembered.
        data -> Jsonb,
        /// When it ends, if nobody comes.
        expires -> Timestamptz,
        /// When it began.
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// What those of a role may do.
    multischema.admin_grants (role, model, action) {
        /// The role.
        role -> Text,
        /// The model, or `*`.
        model -> Text,
        /// See [`Action`](super::Action).
        action -> Text,
    }
}

diesel::table! {
    /// Roles for what all schemata share.
    multischema.admin_roles (user_name, role) {
        /// The user.
        user_name -> Text,
        /// One of the user's roles.
        role -> Text,
    }
}

diesel::table! {
    /// How much was tried of late.
    multischema.admin_attempts (kind, key) {
        /// `name` or `address`.
        kind -> Text,
        /// The hash of either.
        key -> Bytea,
        /// When nothing of it will be left.
        forgotten_at -> Timestamptz,
    }
}

diesel::table! {
    /// Who may use which schema.
    multischema.members (user_id, schema_id, role) {
        /// The schema.
        schema_id -> Integer,
        /// What a user is called.
        user_id -> Text,
        /// One of the user's roles in the schema.
        role -> Text,
    }
}

diesel::table! {
    /// All schemata.
    multischema.schemas (id) {
        /// Counts from 1.
        id -> Integer,
        /// That of the PostgreSQL schema.
        name -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    admin_grants,
    admin_roles,
    admin_sessions,
    admin_users,
    members,
    schemas
);

multischema::tables! {
    global: [admin_users, admin_sessions, admin_grants, admin_roles, admin_attempts, members, schemas]
}
