//! How the program was called.

use std::env;
use std::ffi::OsString;

/// What `--help` says.
pub const HELP: &str = "\
A web site of several boarding schools, each with pupils of its own.

usage: boarding [--port PORT]

  --port PORT    the port on 127.0.0.1, or 0 for any that is free [env: PORT, default: 3000]
  --help         says this

DATABASE_URL     the database to work in; without it, a throw-away server is started";

/// What the program is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Settings {
    Help,
    Serve { port: u16 },
}

impl Settings {
    pub fn read() -> Result<Self, String> {
        Self::of(env::args_os().skip(1), env::var("PORT").ok())
    }

    fn of(
        args: impl IntoIterator<Item = OsString>,
        from_env: Option<String>,
    ) -> Result<Self, String> {
        let mut port = from_env.filter(|it| !it.is_empty());
        let mut args = args.into_iter().map(|it| it.to_string_lossy().into_owned());
        while let Some(arg) = args.next() {
            match (arg.as_str(), arg.strip_prefix("--port=")) {
                ("--help" | "-h", _) => return Ok(Self::Help),
                ("--port", _) => port = Some(args.next().ok_or("`--port` needs a number")?),
                (_, Some(value)) => port = Some(value.to_owned()),
                _ => return Err(format!("{arg:?} is not understood; see `--help`")),
            }
        }
        let port = port.as_deref().unwrap_or("3000");
        let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
        Ok(Self::Serve { port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_goes_before_the_environment() {
        for (args, env, expected) in [
            (&[][..], None, Ok(3000)),
            (&[], Some(""), Ok(3000)),
            (&[], Some("4000"), Ok(4000)),
            (&["--port", "0"], Some("4000"), Ok(0)),
            (&["--port=5000"], None, Ok(5000)),
            (&["--port"], None, Err("`--port` needs a number")),
            (&["--port", "65536"], None, Err("\"65536\" is no port")),
            (
                &["--prot"],
                None,
                Err("\"--prot\" is not understood; see `--help`"),
            ),
        ] {
            let args = args.iter().map(OsString::from);
            let settings = Settings::of(args, env.map(str::to_owned));
            let expected = expected
                .map(|port| Settings::Serve { port })
                .map_err(str::to_owned);
            assert_eq!(settings, expected);
        }
    }
}
