//! Full text search: parsers, templates, dictionaries, configurations.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

pub(super) const PARSER_ROWS: Rows = rows!("search":
    "3601", "p.oid", "p.prsname", "''", "0",
    "pg_catalog.concat_ws(' ', p.prsstart::pg_catalog.oid, p.prstoken::pg_catalog.oid, p.prsend::pg_catalog.oid, p.prslextype::pg_catalog.oid, \
     p.prsheadline::pg_catalog.oid)", "NULL";
    "FROM pg_catalog.pg_ts_parser p WHERE ", own!("p.oid", parsers));

pub(super) const TEMPLATE_ROWS: Rows = rows!("search":
    "3764", "t.oid", "t.tmplname", "''", "0",
    "pg_catalog.concat_ws(' ', t.tmplinit::pg_catalog.oid, t.tmpllexize::pg_catalog.oid)", "NULL";
    "FROM pg_catalog.pg_ts_template t WHERE ", own!("t.oid", templates));

pub(super) const DICTIONARY_ROWS: Rows = rows!("search":
    "3600", "d.oid", "d.dictname", "pg_catalog.pg_get_userbyid(d.dictowner)", "d.dicttemplate", "NULL", "d.dictinitoption";
    "FROM pg_catalog.pg_ts_dict d WHERE ", own!("d.oid", dictionaries));

pub(super) const CONFIGURATION_ROWS: Rows = rows!("search":
    "3602", "c.oid", "c.cfgname", "pg_catalog.pg_get_userbyid(c.cfgowner)", "c.cfgparser", "NULL", "NULL";
    "FROM pg_catalog.pg_ts_config c WHERE ", own!("c.oid", configurations));

pub(super) const MAPPING_ROWS: Rows = rows!("mapping":
    "m.mapcfg",
    "(SELECT t.alias FROM pg_catalog.ts_token_type(c.cfgparser) t WHERE t.tokid OPERATOR(pg_catalog.=) m.maptokentype)",
    "pg_catalog.array_agg(m.mapdict ORDER BY m.mapseqno)";
    "FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_config c ON c.oid OPERATOR(pg_catalog.=) m.mapcfg WHERE ",
    own!("m.mapcfg", configurations), " GROUP BY m.mapcfg, c.cfgparser, m.maptokentype");

/// A parser, template, dictionary or configuration.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) id: ObjectId,
    pub(crate) name: String,
    /// Parsers and templates have none.
    pub(crate) owner: String,
    /// The template of a dictionary, the parser of a configuration.
    pub(crate) based_on: Oid,
    pub(crate) functions: Vec<Oid>,
    pub(crate) options: Option<String>,
}

impl Search {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            id: ObjectId::new(fields.oid()?, fields.oid()?),
            name: fields.text()?,
            owner: fields.text()?,
            based_on: fields.oid()?,
            functions: fields.numbers()?,
            options: fields.optional()?,
        })
    }

    /// As SQL calls its kind, after `TEXT SEARCH`.
    pub(crate) fn keyword(&self) -> &'static str {
        match self.id.class {
            class::SEARCH_PARSER => "PARSER",
            class::SEARCH_TEMPLATE => "TEMPLATE",
            class::SEARCH_DICTIONARY => "DICTIONARY",
            _ => "CONFIGURATION",
        }
    }
}

/// Which dictionaries a configuration asks for a kind of token.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) configuration: Oid,
    pub(crate) token: String,
    pub(crate) dictionaries: Vec<Oid>,
}

impl Mapping {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            configuration: fields.oid()?,
            token: fields.text()?,
            dictionaries: fields.numbers()?,
        })
    }
}
