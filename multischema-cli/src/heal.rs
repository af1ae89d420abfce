//! Bringing the registry and PostgreSQL together.

use multischema::{HealReport, Registry, Schema, Unhealed};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::output::Output;
use crate::view;

#[derive(Serialize)]
struct Report {
    created: Vec<String>,
    adopted: Vec<String>,
    purged: Vec<String>,
    left: Vec<Left>,
}

#[derive(Serialize)]
struct Left {
    schema: String,
    problem: String,
}

pub(crate) fn run(registry: &Registry, output: &Output) -> Result<Exit, Failure> {
    let healed = registry.heal()?;
    let report = Report::from(&healed);
    output.data(&report, || view::table(["schema", "result"], report.rows()))?;
    if healed.is_ok() {
        output.say("the registry and PostgreSQL agree");
        return Ok(Exit::Done);
    }
    let count = healed.left.len();
    output.say(&format!("left as they are: {count}"));
    Ok(Exit::Found)
}

impl From<&HealReport> for Report {
    fn from(report: &HealReport) -> Self {
        let names = |schemata: &[Schema]| schemata.iter().map(|it| it.name.to_string()).collect();
        Self {
            created: names(&report.created),
            adopted: names(&report.adopted),
            purged: report.purged.iter().map(ToString::to_string).collect(),
            left: report.left.iter().map(Left::from).collect(),
        }
    }
}

impl Report {
    fn rows(&self) -> impl Iterator<Item = [String; 2]> {
        let done = [
            (&self.created, "made anew, without rows"),
            (&self.adopted, "taken into the registry"),
            (&self.purged, "purged"),
        ];
        let done = done.into_iter().flat_map(|(names, result)| {
            names
                .iter()
                .map(move |name| [name.clone(), result.to_owned()])
        });
        let left = self.left.iter();
        done.chain(left.map(|it| [it.schema.clone(), view::printable(&it.problem)]))
    }
}

impl From<&Unhealed> for Left {
    fn from(unhealed: &Unhealed) -> Self {
        let mut problem = failure::line(unhealed);
        if let Unhealed::Different { differences, .. } = unhealed {
            let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
            problem = format!("{problem}: {}", differences.join("; "));
        }
        let schema = match unhealed {
            Unhealed::NotMade { schema, .. }
            | Unhealed::Lost { schema }
            | Unhealed::NotHealed { schema, .. }
            | Unhealed::Different { schema, .. }
            | Unhealed::OthersIds { schema }
            | Unhealed::NotAdopted { schema, .. } => schema.to_string(),
            Unhealed::Unnamable { schema } => schema.clone(),
            // The library may come to know of more.
            _ => String::new(),
        };
        Self { schema, problem }
    }
}
