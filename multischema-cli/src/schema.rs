//! Making, changing and removing schemata.

use multischema::{CloneData, Filter, NewSchema, Registry, Schema, SchemaName, WithData};

use crate::args::{CloneOf, Create, List, SchemaCommand};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view::{self, SchemaView};
use crate::{heal, purge};

impl SchemaCommand {
    /// Refuses what is refused whatever there is in the database.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self {
            Self::Create(create) if create.label.is_some() && create.names.len() > 1 => {
                let error = "`--label` is for one schema, as no two have the same label";
                let failure = Failure::new(Exit::Refused, error);
                Err(failure.hint("make them first, then label each by `multischema schema label`"))
            }
            Self::Purge(purge) => purge.check(),
            _ => Ok(()),
        }
    }
}

pub(crate) fn run(
    registry: &Registry,
    command: &SchemaCommand,
    output: &Output,
) -> Result<Exit, Failure> {
    let (schema, words) = match command {
        SchemaCommand::List(it) => return list(registry, it, output),
        SchemaCommand::Create(it) => return create(registry, it, output),
        SchemaCommand::Purge(it) => return purge::run(registry, it, output),
        SchemaCommand::Heal => return heal::run(registry, output),
        SchemaCommand::Show(it) => return one(&registry.get(&it.name)?, output),
        SchemaCommand::Clone(it) => (clone(registry, it)?, format!("copied from `{}`", it.from)),
        SchemaCommand::Rename(it) => {
            let schema = registry.rename(&it.name, &it.to)?;
            (schema, format!("was called `{}`", it.name))
        }
        SchemaCommand::Label(it) => {
            let schema = registry.set_label(&it.name, &it.label)?;
            (schema, "labelled".to_owned())
        }
        SchemaCommand::Suspend(it) => status(registry.suspend(&it.name)?),
        SchemaCommand::Resume(it) => status(registry.resume(&it.name)?),
        SchemaCommand::Archive(it) => status(registry.archive(&it.name)?),
        SchemaCommand::Restore(it) => status(registry.restore(&it.name)?),
    };
    output.say(&format!("schema `{}`: {words}", schema.name));
    one(&schema, output)
}

fn status(schema: Schema) -> (Schema, String) {
    let words = schema.status.to_string();
    (schema, words)
}

fn list(registry: &Registry, list: &List, output: &Output) -> Result<Exit, Failure> {
    let filter = if list.statuses.is_empty() {
        Filter::all()
    } else {
        list.statuses.clone().into()
    };
    let schemata = registry.list(filter)?;
    several(&schemata, output)?;
    if schemata.is_empty() {
        output.say("there are none");
    }
    Ok(Exit::Done)
}

fn create(registry: &Registry, create: &Create, output: &Output) -> Result<Exit, Failure> {
    if let [name] = create.names.as_slice() {
        let made = registry.create(new(name, create.label.as_deref()))?;
        return made_all(&[made], output);
    }
    match registry.create_many(create.names.iter().cloned()) {
        Ok(made) => made_all(&made, output),
        Err(error) if error.made.is_empty() => Err(error.source.into()),
        Err(error) => {
            several(&error.made, output)?;
            Err(Failure::new(Exit::Partly, error))
        }
    }
}

fn made_all(made: &[Schema], output: &Output) -> Result<Exit, Failure> {
    several(made, output)?;
    for schema in made {
        output.say(&format!("made schema `{}`", schema.name));
    }
    Ok(Exit::Done)
}

fn clone(registry: &Registry, clone: &CloneOf) -> Result<Schema, Failure> {
    let data = WithData::from(clone.data);
    let data = if clone.fire_triggers {
        data.firing_triggers()
    } else {
        CloneData::from(data)
    };
    let new = new(&clone.new, clone.label.as_deref());
    Ok(registry.clone_schema(&clone.from, new, data)?)
}

fn new(name: &SchemaName, label: Option<&str>) -> NewSchema {
    let new = NewSchema::new(name.clone());
    match label {
        Some(label) => new.label(label),
        None => new,
    }
}

fn one(schema: &Schema, output: &Output) -> Result<Exit, Failure> {
    let view = SchemaView::from(schema);
    output.data(&view, || view.card())?;
    Ok(Exit::Done)
}

fn several(schemata: &[Schema], output: &Output) -> Result<(), Failure> {
    let views = view::views(schemata);
    output.data(&views, || view::list(&views))
}
