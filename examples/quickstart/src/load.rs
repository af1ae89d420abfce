//! Loads the CSV files, which the program carries inside of it, so that it runs from anywhere.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use diesel::prelude::*;
use diesel::result::Error;
use diesel::upsert::excluded;
use multischema::{GlobalConnection, RunQueryDsl, SessionHandle, TenantConnection};
use serde::de::DeserializeOwned;

use crate::models::{Country, NewPupil, School};
use crate::schema::{countries, pupils, schools};

/// A row has up to seven values, and a statement up to 65,535; far fewer do for speed.
const BATCH: usize = 100;

/// A file that is part of the program.
#[derive(Clone, Copy)]
pub struct CsvFile {
    name: &'static str,
    text: &'static str,
}

macro_rules! csv_file {
    ($name:literal) => {
        CsvFile {
            name: $name,
            text: include_str!(concat!("../data/", $name)),
        }
    };
}

pub const COUNTRIES: CsvFile = csv_file!("countries.csv");
pub const LAKESIDE: CsvFile = csv_file!("pupils_lakeside.csv");
pub const RIVERSIDE: CsvFile = csv_file!("pupils_riverside.csv");
pub const NORTHGATE: CsvFile = csv_file!("pupils_northgate.csv");

/// Why a file was not loaded. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A row is not what the program expects; the source says which, and what is wrong with it.
    #[error("cannot read `{file}`")]
    Csv {
        file: &'static str,
        source: csv::Error,
    },
    /// The database refused one of these rows.
    #[error("cannot insert lines {} to {} of `{file}`", lines.start(), lines.end())]
    Insert {
        file: &'static str,
        lines: RangeInclusive<u64>,
        source: Error,
    },
    /// The database refused a school, or the transaction.
    #[error("cannot load into the database")]
    Database(#[from] Error),
}

/// Loads the countries, and returns how many there are. They may be there already: this list wins.
pub fn countries(conn: &mut GlobalConnection<impl SessionHandle>) -> Result<usize, LoadError> {
    let rows = COUNTRIES.rows::<Country>()?;
    conn.transaction(|conn| {
        COUNTRIES.in_batches(&rows, |batch| {
            diesel::insert_into(countries::table)
                .values(batch)
                .on_conflict(countries::alpha2)
                .do_update()
                .set((
                    countries::alpha3.eq(excluded(countries::alpha3)),
                    countries::numeric.eq(excluded(countries::numeric)),
                    countries::name.eq(excluded(countries::name)),
                ))
                .execute(conn)
        })
    })
}

/// Loads a customer's pupils and their schools, and returns how many pupils there are.
pub fn pupils(
    conn: &mut TenantConnection<impl SessionHandle>,
    file: CsvFile,
) -> Result<usize, LoadError> {
    let rows = file.rows::<NewPupil>()?;
    conn.transaction(|conn| {
        let mut ids: BTreeMap<&str, i64> = BTreeMap::new();
        for (_, pupil) in &rows {
            if !ids.contains_key(pupil.school.as_str()) {
                let school = School::create(conn, schools::name.eq(&pupil.school))?;
                ids.insert(&pupil.school, school.id);
            }
        }
        file.in_batches(&rows, |batch| {
            let values: Vec<_> = batch
                .into_iter()
                .map(|pupil| (pupils::school_id.eq(ids[pupil.school.as_str()]), pupil))
                .collect();
            diesel::insert_into(pupils::table)
                .values(values)
                .execute(conn)
        })
    })
}

impl CsvFile {
    /// Returns all rows, each with its line.
    fn rows<T: DeserializeOwned>(self) -> Result<Vec<(u64, T)>, LoadError> {
        let failed = |source| LoadError::Csv {
            file: self.name,
            source,
        };
        let mut reader = csv::Reader::from_reader(self.text.as_bytes());
        let headers = reader.headers().map_err(failed)?.clone();
        reader
            .records()
            .map(|record| {
                let record = record?;
                let line = record.position().map_or(0, csv::Position::line);
                Ok((line, record.deserialize(Some(&headers))?))
            })
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    /// Gives `insert` the rows in batches, and returns how many it says it inserted.
    fn in_batches<'a, T>(
        self,
        rows: &'a [(u64, T)],
        mut insert: impl FnMut(Vec<&'a T>) -> QueryResult<usize>,
    ) -> Result<usize, LoadError> {
        rows.chunks(BATCH).try_fold(0, |done, batch| {
            let lines = batch[0].0..=batch[batch.len() - 1].0;
            let inserted = insert(batch.iter().map(|(_, row)| row).collect());
            inserted
                .map(|n| done + n)
                .map_err(|source| LoadError::Insert {
                    file: self.name,
                    lines,
                    source,
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_reads() {
        assert_eq!(COUNTRIES.rows::<Country>().unwrap().len(), 249);
        for (file, count) in [(LAKESIDE, 312), (RIVERSIDE, 287), (NORTHGATE, 341)] {
            assert_eq!(
                file.rows::<NewPupil>().unwrap().len(),
                count,
                "{}",
                file.name
            );
        }
    }

    #[test]
    fn unreadable_row_is_named() {
        let text = "alpha2,alpha3,numeric,name\nAD,AND,020,Andorra\nAE,ARE,784\n";
        let file = CsvFile {
            name: "x.csv",
            text,
        };
        let error = file.rows::<Country>().unwrap_err();
        assert_eq!(error.to_string(), "cannot read `x.csv`");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("line: 3"), "{source}");
    }

    #[test]
    fn refused_batch_is_named() {
        let rows: Vec<(u64, ())> = (2..=250).map(|line| (line, ())).collect();
        let mut batches = 0;
        let refuse_the_third = |batch: Vec<&()>| {
            batches += 1;
            if batches == 3 {
                Err(Error::NotFound)
            } else {
                Ok(batch.len())
            }
        };
        let error = COUNTRIES.in_batches(&rows, refuse_the_third).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot insert lines 202 to 250 of `countries.csv`"
        );
    }
}
