//! One more schema, by a plan.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::busy::{ask, is_busy};
use super::error::TemplateError;
use super::ground::{Ground, LOCK_TIMEOUT, is_out_of_locks, path_to, prelude, set_path};
use super::ids::Ids;
use super::issue::TemplateIssue;
use super::normal::{Difference, differences};
use super::plan::{BACK_TO_KEYS, Copying, Plan};
use super::rows::Rows;
use super::sql;
use super::statement::Target;
use crate::catalog::{Block, Catalog, Counting, Detail, Facts, Key, Made, ObjectId};
use crate::name::SchemaName;
use crate::patience::pause;
use crate::quoted::Identifier;
use crate::transaction::{depth, roll_back_to};

/// How long tables of other schemata are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for the answer to a question that was asked elsewhere.
pub(crate) type Elsewhere = Box<dyn FnOnce() -> Option<bool>>;

/// What is asked of a plan.
pub(crate) struct Order<'a> {
    pub(crate) schema: &'a SchemaName,
    /// Says where ids begin.
    pub(crate) number: i32,
    pub(crate) ground: &'a Ground,
    /// Finds out meanwhile, on another connection, whether the template is still what it was: none if it could not.
    pub(crate) elsewhere: Option<Elsewhere>,
    /// Which rows it gets; those that migrations put into the template if nothing is said.
    pub(crate) copying: Option<Copying<'a>>,
    /// SQL that is run in the schema once it is complete, but for keys to other schemata.
    pub(crate) epilogue: &'a str,
    /// How long tables of other schemata are waited for.
    pub(crate) patience: Duration,
}

impl Plan {
    /// Makes `schema`, in the transaction that is open on the connection or in one of its own, and proves that it is equal
    /// to the template. It is in no registry.
    ///
    /// `number` says where its ids begin, if they are [unique](Ids::Unique): no two schemata may have the same. It is
    /// not used otherwise.
    ///
    /// An error leaves nothing. The connection's settings are as they were afterwards.
    ///
    /// # Errors
    ///
    /// * [`TemplateError::Outdated`] if the template was changed since;
    /// * [`TemplateError::Different`], [`Leak`](TemplateError::Leak) if the schema is not as it should be;
    /// * [`TemplateError::Refused`] if PostgreSQL refuses it, as for want of a right, or as the name is taken;
    /// * [`TemplateError::Busy`] if a table of another schema that foreign keys reference is in use for 30 seconds;
    /// * [`TemplateError::Issues`] if rows have come to the template that refer to objects by their numbers;
    /// * [`TemplateError::Locks`] if the server has not enough room for the locks;
    /// * [`TemplateError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::{Ids, Template};
    ///
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let plan = Template::new().ids(Ids::PerSchema).plan(pg)?;
    /// plan.replay(pg, &"scratch".parse()?, 0)?;
    /// # Ok(()) }
    /// ```
    pub fn replay(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
        number: i32,
    ) -> Result<(), TemplateError> {
        let floor = depth(pg);
        AnsiTransactionManager::begin_transaction(pg).map_err(self.failed())?;
        let made = self.replay_here(pg, schema, number);
        if made.is_ok() {
            return AnsiTransactionManager::commit_transaction(pg).map_err(self.failed());
        }
        roll_back_to(pg, floor);
        made
    }

    fn replay_here(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
        number: i32,
    ) -> Result<(), TemplateError> {
        let ground = Ground::find(pg).map_err(self.failed())?;
        let order = Order {
            schema,
            number,
            ground: &ground,
            elsewhere: None,
            copying: None,
            epilogue: "",
            patience: PATIENCE,
        };
        self.make(pg, order)?;
        ground.restore(pg).map_err(self.failed())
    }

    /// Compares a schema with the template as it was when the plan was made; see
    /// [`Template::verify`](crate::Template::verify).
    ///
    /// # Errors
    ///
    /// * [`TemplateError::Missing`] if there is no such schema;
    /// * [`TemplateError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(pg: &mut diesel::PgConnection) -> Result<(), Box<dyn std::error::Error>> {
    /// let plan = multischema::Template::new().plan(pg)?;
    /// let differences = plan.verify(pg, &"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn verify(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
    ) -> Result<Vec<Difference>, TemplateError> {
        let (differences, _) = self.verify_in_block(pg, schema)?;
        Ok(differences)
    }

    /// The same, and returns the block that the schema's ids are in, if they are unique and there are any.
    pub(crate) fn verify_in_block(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
    ) -> Result<(Vec<Difference>, Option<Block>), TemplateError> {
        let floor = depth(pg);
        AnsiTransactionManager::begin_transaction(pg).map_err(self.failed())?;
        let compared = self.compare(pg, schema);
        // What was set is as it was.
        roll_back_to(pg, floor);
        compared
    }

    fn compare(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
    ) -> Result<(Vec<Difference>, Option<Block>), TemplateError> {
        let path = path_to(&Identifier(schema.as_str()).to_string());
        sql::run(pg, &prelude(&path, LOCK_TIMEOUT)).map_err(self.failed())?;
        let read = Catalog::read(pg, schema.as_str(), Detail::Definitions, self.version);
        let Some(found) = read.map_err(self.failed())? else {
            return Err(TemplateError::Missing {
                template: schema.clone(),
            });
        };
        let block = found.block().filter(|_| self.ids == Ids::Unique);
        let counting = Counting::in_block(block.or(self.block(0)));
        let differing = self
            .normal
            .differing(&found.facts(counting, None), |_| true);
        if differing.is_empty() {
            return Ok((Vec::new(), block));
        }
        let names = found.names(pg).map_err(self.failed())?;
        let template = self.in_words(pg, &self.template, self.counting_of_template())?;
        let own = found.facts(counting, Some(&names));
        Ok((differences(differing, &template, &own), block))
    }

    /// Makes `schema` with all that is in the template, and proves it equal.
    ///
    /// It is called in a transaction, whose settings it changes; the caller puts them back.
    pub(crate) fn make(
        &self,
        pg: &mut PgConnection,
        order: Order<'_>,
    ) -> Result<(), TemplateError> {
        let Order { schema, ground, .. } = order;
        let block = self.block(order.number);
        let target = Target {
            schema,
            block,
            role: &ground.role,
        };
        let copying = order.copying;
        let copying = copying.unwrap_or(Copying::of(Rows::OfTemplate(&self.filled)));
        let rows = copying.rows;
        ground.check_room(&self.template, self.locks_with(rows))?;
        let found = self.tables.references(pg, &self.template, rows);
        let issues: Vec<TemplateIssue> = found.map_err(self.failed())?;
        if !issues.is_empty() {
            return Err(TemplateError::Issues {
                template: self.template.clone(),
                issues,
            });
        }
        let mut script = self.script(&target, &copying);
        script.push_str(order.epilogue);
        sql::run(pg, &script).map_err(|error| {
            // Others have taken them since they were counted.
            if is_out_of_locks(&error) {
                return ground.too_many_locks(&self.template, self.locks_with(rows), 0);
            }
            self.refused()(error)
        })?;

        let mut made = self.read(pg, schema)?;
        let is_key = |key: &Key| self.keys.iter().any(|it| it.fact == *key);
        // Two at a time: what is compared here needs nothing of PostgreSQL.
        let (differing, added) = thread::scope(|scope| {
            let differing = scope.spawn(|| {
                let facts = made.catalog.facts(Counting::in_block(block), None);
                self.normal.differing(&facts, |key| !is_key(key))
            });
            let added = self.check_leaks(pg, &made).and_then(|()| {
                let is_current = match order.elsewhere.and_then(|answer| answer()) {
                    Some(is_current) => is_current,
                    None => self.is_current(pg).map_err(self.failed())?,
                };
                // Otherwise each table is copied, or none, whichever has rows by now.
                let has_new_rows = matches!(rows, Rows::OfTemplate(_)) && made.value != self.rows;
                if !is_current || has_new_rows {
                    return Err(self.outdated());
                }
                Ok(self.add_keys(pg, &target, order.patience))
            });
            (joined(differing), added)
        });
        let added = added?;
        // If both went wrong, what the copy is like says more.
        self.refuse(pg, differing, &target)?;
        added?;
        if self.keys.is_empty() {
            return Ok(());
        }
        // Whoever writes to the tables of others waits by now: as little as possible is asked for.
        let found = &mut made.catalog;
        let has_key = |table: &str| self.keys.iter().any(|it| it.table == table);
        let tables = found.relations.iter().filter(|it| has_key(&it.name));
        let tables = tables.map(|it| it.oid).collect();
        let read = found.refresh_keys(pg, tables, self.version);
        read.map_err(self.failed())?;
        let differing = self.normal.differing(&found.facts_of_constraints(), is_key);
        self.refuse(pg, differing, &target)
    }

    /// Refuses what would fail half-way for want of locks, before any is taken.
    pub(crate) fn check_room(
        &self,
        pg: &mut PgConnection,
        rows: Rows<'_>,
    ) -> Result<(), TemplateError> {
        let ground = Ground::find(pg).map_err(self.failed())?;
        ground.check_room(&self.template, self.locks_with(rows))
    }

    /// Adds the keys to tables of other schemata, all or none, as soon as nobody writes to these.
    fn add_keys(
        &self,
        pg: &mut PgConnection,
        target: &Target<'_>,
        patience: Duration,
    ) -> Result<(), TemplateError> {
        let Some(keys) = self.keys_script(target) else {
            return Ok(());
        };
        let start = Instant::now();
        loop {
            let Err(source) = sql::run(pg, &keys) else {
                return Ok(());
            };
            let waited = start.elapsed();
            // This gives the locks back that it has, so that nobody waits for it meanwhile.
            sql::run(pg, BACK_TO_KEYS).map_err(self.failed())?;
            if !is_busy(&source) {
                return Err(self.refused()(source));
            }
            let Some(left) = patience.checked_sub(waited) else {
                return Err(TemplateError::Busy {
                    template: self.template.clone(),
                    waited,
                });
            };
            thread::sleep(pause().min(left));
        }
    }

    /// Reads a schema that was made a moment ago, and what is seen of the template's rows.
    fn read(&self, pg: &mut PgConnection, schema: &SchemaName) -> Result<Made, TemplateError> {
        let classes = self.objects.iter().map(|it| it.class).collect();
        let rows = self.tables.watch(&self.template);
        let read = ask(&self.template, || {
            let Self { kinds, version, .. } = self;
            Made::read(pg, schema.as_str(), kinds, &classes, &rows, *version)
        })?;
        read.ok_or_else(|| self.failed()(Error::NotFound))
    }

    /// Fails if the schema is not as every schema of the template is, but is `differing`.
    fn refuse(
        &self,
        pg: &mut PgConnection,
        differing: Vec<Key>,
        target: &Target<'_>,
    ) -> Result<(), TemplateError> {
        if differing.is_empty() {
            return Ok(());
        }
        let counting = Counting::in_block(target.block);
        let own = self.in_words(pg, target.schema, counting)?;
        let template = self.in_words(pg, &self.template, self.counting_of_template())?;
        Err(TemplateError::Different {
            template: self.template.clone(),
            differences: differences(differing, &template, &own),
        })
    }

    /// The facts of a schema, for people to read.
    fn in_words(
        &self,
        pg: &mut PgConnection,
        schema: &SchemaName,
        counting: Counting,
    ) -> Result<BTreeMap<Key, Facts>, TemplateError> {
        let path = path_to(&Identifier(schema.as_str()).to_string());
        sql::run(pg, &set_path(&path)).map_err(self.failed())?;
        let read = Catalog::read(pg, schema.as_str(), Detail::Definitions, self.version);
        let Some(catalog) = read.map_err(self.failed())? else {
            return Ok(BTreeMap::new());
        };
        let names = catalog.names(pg).map_err(self.failed())?;
        Ok(catalog.facts(counting, Some(&names)))
    }

    /// Fails if anything in the schema depends on anything in the template.
    fn check_leaks(&self, pg: &mut PgConnection, made: &Made) -> Result<(), TemplateError> {
        if !made.may_depend_on(&self.objects) {
            return Ok(());
        }
        let own = made.catalog.objects();
        let leaks = sql::leaks(pg, &own, &self.objects).map_err(self.failed())?;
        let own: HashSet<ObjectId> = own.into_iter().collect();
        match leaks.into_iter().find(|leak| own.contains(&leak.from())) {
            None => Ok(()),
            Some(leak) => Err(TemplateError::Leak {
                template: self.template.clone(),
                object: leak.object,
                on: leak.on,
            }),
        }
    }

    pub(super) fn failed(&self) -> impl Fn(Error) -> TemplateError + use<> {
        let template = self.template.clone();
        move |source| TemplateError::Query {
            template: template.clone(),
            source,
        }
    }

    fn refused(&self) -> impl Fn(Error) -> TemplateError + use<> {
        let template = self.template.clone();
        move |source| TemplateError::refused(&template, source)
    }
}

/// What a thread returns; its panic is the caller's.
fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
