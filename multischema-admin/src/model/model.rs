//! A table of Diesel's, and how it is shown.

use std::fmt;
use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::{Column, Table};
use multischema::TableScope;

use super::columns::Columns;
use super::computed::{Cells, Computed};
use super::custom::{ActionError, Custom};
use super::home::{Place, names_of};
use super::registration::{Fieldset, Order, Registration};
use super::values::{FieldErrors, Values};

/// A table of Diesel's, and how the site shows it.
///
/// What is not said is taken from the template's catalog: types, keys, what must not be NULL, the labels of enums, comments as help.
/// Columns are those of Diesel, so one that is renamed does not compile.
///
/// # Examples
///
/// ```
/// use multischema_admin::{FieldErrors, Model};
///
/// diesel::table! { pupils { id -> BigInt, name -> Text, house_id -> BigInt, born -> Date } }
/// multischema::tables! { tenant: [pupils]; }
///
/// let pupils = Model::of(pupils::table)
///     .title("Pupils")
///     .list((pupils::name, pupils::house_id))
///     .computed("Year of birth", (pupils::born,), |row| {
///         row.get("born").unwrap_or_default().chars().take(4).collect()
///     })
///     .search((pupils::name,))
///     .filters((pupils::house_id,))
///     .order_by(pupils::name)
///     .before_save(|values| match values.get("name") {
///         Some(name) if name.contains('@') => {
///             let mut errors = FieldErrors::new();
///             errors.add("name", "This is an address.");
///             Err(errors)
///         }
///         _ => Ok(()),
///     });
/// # drop(pupils);
/// ```
#[must_use = "a model is shown when it is registered"]
pub struct Model<T> {
    registration: Registration,
    table: PhantomData<fn() -> T>,
}

impl<T> Model<T>
where
    T: Table + TableScope<Scope: Place>,
    T::FromClause: QueryFragment<Pg>,
{
    /// The model of a table, which is marked `#[tenant]` or `#[global]`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a table is a name, and has no size"
    )]
    pub fn of(table: T) -> Self {
        let (schema, name) = names_of(&table);
        Self {
            registration: Registration::new(<T::Scope as Place>::home().0, schema, name),
            table: PhantomData,
        }
    }

    /// Sets what the rows are called, in the plural. By default the table's name, in words.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.registration.title = title.into();
        self
    }

    /// Sets what a column is called. By default its name, in words.
    pub fn label<C: Column<Table = T>>(mut self, _: C, label: impl Into<String>) -> Self {
        let label = label.into();
        self.registration.labels.insert(C::NAME.to_owned(), label);
        self
    }

    /// Sets the columns of the list. By default the first six.
    pub fn list<C: Columns<T>>(mut self, _: C) -> Self {
        self.registration.list = owned(C::names());
        self
    }

    /// Adds a column to the list whose text is made of others.
    pub fn computed<C: Columns<T>>(
        mut self,
        label: impl Into<String>,
        _: C,
        compute: impl Fn(&Cells<'_>) -> String + Send + Sync + 'static,
    ) -> Self {
        self.registration.computed.push(Computed {
            label: label.into(),
            of: owned(C::names()),
            compute: std::sync::Arc::new(compute),
        });
        self
    }

    /// Sets the columns that are searched. By default none, and there is no field to search by.
    ///
    /// A word is looked for anywhere in a column, in either case. In a long table that takes an index of each column, of PostgreSQL's extension
    /// `pg_trgm`: `CREATE INDEX ON pupils USING gin (name public.gin_trgm_ops)`.
    pub fn search<C: Columns<T>>(mut self, _: C) -> Self {
        self.registration.search = owned(C::names());
        self
    }

    /// Sets the columns that the list can be filtered by. By default none.
    pub fn filters<C: Columns<T>>(mut self, _: C) -> Self {
        self.registration.filters = owned(C::names());
        self
    }

    /// Adds a column that the list is sorted by, if nobody says otherwise. What is equal is sorted by the primary key.
    pub fn order_by<C: Column<Table = T>>(self, _: C) -> Self {
        self.ordered(C::NAME, false)
    }

    /// As [`order_by`](Self::order_by), from the last to the first.
    pub fn order_by_desc<C: Column<Table = T>>(self, _: C) -> Self {
        self.ordered(C::NAME, true)
    }

    fn ordered(mut self, column: &str, is_descending: bool) -> Self {
        let column = column.to_owned();
        let order = Order {
            column,
            is_descending,
        };
        self.registration.order.push(order);
        self
    }

    /// Sets the columns that are shown in a form, and not changed. Those that PostgreSQL makes itself are anyway.
    pub fn read_only<C: Columns<T>>(mut self, _: C) -> Self {
        self.registration.read_only = owned(C::names());
        self
    }

    /// Adds columns to the form, under a title unless that is empty. By default a form has all columns.
    pub fn fieldset<C: Columns<T>>(mut self, title: impl Into<String>, _: C) -> Self {
        self.registration.fieldsets.push(Fieldset {
            title: title.into(),
            columns: owned(C::names()),
        });
        self
    }

    /// Sets the columns that an object is called by. By default the first one of text.
    pub fn display<C: Columns<T>>(mut self, _: C) -> Self {
        self.registration.display = owned(C::names());
        self
    }

    /// Sets how many rows a page of the list has, at least 1. By default 100.
    pub fn per_page(mut self, rows: usize) -> Self {
        self.registration.per_page = rows.max(1);
        self
    }

    /// Adds what can be done with the objects that are chosen in the list, by those who may change them. It gets their primary keys, as
    /// PostgreSQL writes them, and returns what is said then. It runs in a transaction, and is undone if it
    /// fails; no statement of it may take longer than ten seconds. What is chosen and not there any more it does not get.
    ///
    /// # Examples
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use multischema::RunQueryDsl;
    /// use multischema_admin::{ActionError, Model};
    /// # use diesel::QueryDsl;
    ///
    /// diesel::table! { pupils { id -> BigInt, year -> Integer } }
    /// multischema::tables! { tenant: [pupils]; }
    ///
    /// let pupils = Model::of(pupils::table).action("promote", "Promote to the next year", |conn, ids| {
    ///     let ids: Vec<i64> = ids.iter().map(|it| it.parse()).collect::<Result<_, _>>().map_err(ActionError::other)?;
    ///     let chosen = pupils::table.filter(pupils::id.eq_any(ids));
    ///     let changed = diesel::update(chosen).set(pupils::year.eq(pupils::year + 1)).execute(conn)?;
    ///     Ok(format!("{changed} pupils were promoted."))
    /// });
    /// # drop(pupils);
    /// ```
    pub fn action(
        mut self,
        name: impl Into<String>,
        label: impl Into<String>,
        act: impl Fn(&mut <T::Scope as Place>::Connection, &[String]) -> Result<String, ActionError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.registration.actions.push(Custom {
            name: name.into(),
            label: label.into(),
            act: <T::Scope as Place>::act(act).0,
        });
        self
    }

    /// Adds what looks at a form before it is saved, and may change or refuse it.
    pub fn before_save(
        mut self,
        hook: impl Fn(&mut Values) -> Result<(), FieldErrors> + Send + Sync + 'static,
    ) -> Self {
        self.registration
            .before_save
            .push(std::sync::Arc::new(hook));
        self
    }
}

impl<T> Model<T> {
    pub(crate) fn into_registration(self) -> Registration {
        self.registration
    }
}

fn owned(names: Vec<&'static str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

impl<T> fmt::Debug for Model<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Model").field(&self.registration).finish()
    }
}
