//! Which vault answers: `DIR/<account>/<region>.vault`, opened once and kept.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use strongroom_core::AccountId;
use strongroom_std::keys_as_code::{ApplyError, Plan, PlanError};
use strongroom_std::operation::{DescribeQuotas, PutQuotas};
use strongroom_std::quota::{Quotas, RequestRates};
use strongroom_std::{Caller, Error, NewVault, OpenError, Realm, UnlockSecret, Vault};

use crate::known::Known;
use crate::settings::Mode;
use crate::who::{Who, partition};

/// What opens vaults that `--dev` made. It is no secret; that it opens a vault is the mark of one that `--dev` made.
const DEV_SECRET: &[u8; 32] = b"strongroom --dev, NOT A SECRET!\n";

/// An account in a Region.
type Place = (String, String);

/// The vaults of a folder.
#[derive(Debug)]
pub struct Directory {
    folder: PathBuf,
    mode: Mode,
    open: RwLock<HashMap<Place, Vault>>,
    /// Who was established lately by access keys of these vaults.
    known: Known,
    /// Held while a vault is opened or made: one at a time.
    opening: Mutex<()>,
}

/// Why there is no vault to ask.
#[derive(Debug)]
#[non_exhaustive]
pub enum DirectoryError {
    /// No such account or Region here.
    NoVault,
    /// The file is a vault that was not made by `--dev`.
    NotDev(PathBuf),
    /// The vault in the file is of another account or Region.
    Elsewhere(PathBuf),
    /// The vault does not open.
    Open(PathBuf, OpenError),
    /// The vault could not be given its quotas, or not be closed.
    Vault(PathBuf, Error),
    /// What is declared does not go with the vault as it is.
    Plan(PlanError),
    /// A step of what is declared was refused.
    Apply(ApplyError),
    /// The operating system refused.
    Io(PathBuf, io::Error),
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DirectoryError::NoVault => f.write_str("there is no vault of this account in this Region"),
            DirectoryError::NotDev(path) => {
                write!(f, "`{}` was not made by --dev, which opens no others", path.display())
            }
            DirectoryError::Elsewhere(path) => {
                write!(f, "`{}` is the vault of another account or Region", path.display())
            }
            DirectoryError::Open(path, error) => write!(f, "`{}`: {error}", path.display()),
            DirectoryError::Vault(path, error) => write!(f, "`{}`: {error}", path.display()),
            DirectoryError::Plan(error) => write!(f, "the seed: {error}"),
            DirectoryError::Apply(error) => write!(f, "the seed: {error}: {}", error.error),
            DirectoryError::Io(path, error) => write!(f, "`{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for DirectoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DirectoryError::Open(_, error) => Some(error),
            DirectoryError::Vault(_, error) => Some(error),
            DirectoryError::Plan(error) => Some(error),
            DirectoryError::Apply(error) => Some(error),
            DirectoryError::Io(_, error) => Some(error),
            DirectoryError::NoVault | DirectoryError::NotDev(_) | DirectoryError::Elsewhere(_) => None,
        }
    }
}

impl Directory {
    /// The vaults of a folder. None is opened yet.
    ///
    /// # Errors
    /// [`DirectoryError::Io`]: the folder is not there, or cannot be made.
    pub fn new(folder: &Path, mode: Mode) -> Result<Self, DirectoryError> {
        let io = |error| DirectoryError::Io(folder.to_owned(), error);
        if mode.is_dev() {
            fs::create_dir_all(folder).map_err(io)?;
        } else if !fs::metadata(folder).map_err(io)?.is_dir() {
            return Err(io(io::ErrorKind::NotADirectory.into()));
        }
        let open = RwLock::new(HashMap::new());
        Ok(Directory {
            folder: folder.to_owned(),
            mode,
            open,
            known: Known::default(),
            opening: Mutex::new(()),
        })
    }

    /// Opens every vault that is there, and says how many.
    ///
    /// # Errors
    /// Those of the first that does not open.
    pub fn open_all(&self) -> Result<usize, DirectoryError> {
        let mut count = 0usize;
        for (account, region) in
            self.places().map_err(|error| DirectoryError::Io(self.folder.clone(), error))?
        {
            self.vault(account, &region)?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// Makes the vault of the seed, if there is one, as it is declared: once, and again where it differs. What is there besides
    /// stays.
    ///
    /// # Errors
    /// [`DirectoryError::Plan`], [`DirectoryError::Apply`], and as [`Directory::vault`].
    pub fn plant_seed(&self) -> Result<(), DirectoryError> {
        let Mode::Dev { account, seed: Some(seed) } = &self.mode else { return Ok(()) };
        let vault = self.vault(*account, &seed.region)?;
        let root = Who::root(*account, &seed.region);
        let caller = Caller::new(&root.principal).map_err(|error| DirectoryError::Plan(error.into()))?;
        let plan = Plan::seeding(&vault, &caller, &seed.declaration).map_err(DirectoryError::Plan)?;
        plan.apply(&vault, &caller, false, |_| ()).map_err(DirectoryError::Apply)?;
        Ok(())
    }

    /// The vault of an account in a Region. With `--dev` it is made if it is not there.
    ///
    /// # Errors
    /// [`DirectoryError::NoVault`]; others: it is there, and does not open.
    pub fn vault(&self, account: AccountId, region: &str) -> Result<Vault, DirectoryError> {
        self.find(account, region, self.mode.is_dev())
    }

    /// The vault of an account in a Region, if there is one.
    ///
    /// # Errors
    /// As [`Directory::vault`].
    pub fn existing(&self, account: AccountId, region: &str) -> Result<Vault, DirectoryError> {
        self.find(account, region, false)
    }

    /// The vaults of other accounts in a Region, as far as they open.
    pub(crate) fn others(&self, region: &str, account: AccountId) -> Vec<Vault> {
        let places = self.places().unwrap_or_default();
        let others = places.into_iter().filter(|(other, there)| *other != account && there == region);
        others.filter_map(|(other, there)| self.existing(other, &there).ok()).collect()
    }

    /// All vaults of an account, that of a Region first.
    ///
    /// # Errors
    /// [`DirectoryError::NoVault`]: there is none. Others: one is there, and does not open.
    pub fn vaults_of(&self, account: AccountId, region: &str) -> Result<Vec<Vault>, DirectoryError> {
        let places = self.places().map_err(|error| DirectoryError::Io(self.folder.clone(), error))?;
        let mut regions: Vec<String> =
            places.into_iter().filter(|(of, _)| *of == account).map(|(_, region)| region).collect();
        regions.sort_by_key(|other| other != region);
        if regions.is_empty() {
            return Err(DirectoryError::NoVault);
        }
        regions.iter().map(|region| self.existing(account, region)).collect()
    }

    /// Whether there is anything to ask.
    pub(crate) fn is_open(&self) -> bool {
        self.mode.is_dev() || !self.open.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Who was established lately.
    pub(crate) const fn known(&self) -> &Known {
        &self.known
    }

    /// What this directory is for.
    pub(crate) const fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Closes every vault. Requests that are under way are answered as locked.
    ///
    /// # Errors
    /// That of the first that cannot be closed in order; the others are closed all the same.
    pub fn close(&self) -> Result<(), DirectoryError> {
        // They hold vaults.
        self.known.forget_all();
        let vaults = std::mem::take(&mut *self.open.write().unwrap_or_else(PoisonError::into_inner));
        let mut first = Ok(());
        for ((account, region), vault) in vaults {
            let closed =
                vault.close().map_err(|error| DirectoryError::Vault(self.path(&account, &region), error));
            first = first.and(closed);
        }
        first
    }

    fn find(&self, account: AccountId, region: &str, may_make: bool) -> Result<Vault, DirectoryError> {
        let place = (account.as_str().to_owned(), region.to_owned());
        let opened = || self.open.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        if let Some(vault) = opened() {
            return Ok(vault);
        }
        // Also what keeps a Region from naming another folder.
        let realm =
            Realm::new(partition(region), account.as_str(), region).map_err(|_| DirectoryError::NoVault)?;
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(vault) = opened() {
            return Ok(vault);
        }
        let path = self.path(account.as_str(), region);
        let vault = match self.open(&path) {
            Err(DirectoryError::NoVault) if may_make => make(&path, realm.clone())?,
            opened => opened?,
        };
        if *vault.realm() != realm {
            return Err(DirectoryError::Elsewhere(path));
        }
        self.bound(&vault, &Who::root(account, region))
            .map_err(|error| DirectoryError::Vault(path, error))?;
        self.open.write().unwrap_or_else(PoisonError::into_inner).insert(place, vault.clone());
        Ok(vault)
    }

    /// Gives a vault in which there is no quota at all those that AWS has by default, in the name of its root user. Tests are
    /// not held up by request rates.
    fn bound(&self, vault: &Vault, root: &Who) -> Result<(), Error> {
        let root = Caller::new(&root.principal)?;
        if vault.describe_quotas(&root, DescribeQuotas)? != Quotas::default() {
            return Ok(());
        }
        let is_dev = self.mode.is_dev();
        let request_rates = if is_dev { RequestRates::UNLIMITED } else { RequestRates::aws() };
        vault.put_quotas(&root, PutQuotas { quotas: Quotas { request_rates, ..Quotas::aws() } })
    }

    fn open(&self, path: &Path) -> Result<Vault, DirectoryError> {
        let opened = match &self.mode {
            Mode::Real { secret } => Vault::open(path, secret),
            Mode::Dev { .. } => Vault::open(path, &dev_secret(path)?),
        };
        opened.map_err(|error| match error {
            OpenError::NotFound(_) => DirectoryError::NoVault,
            OpenError::WrongSecret if self.mode.is_dev() => DirectoryError::NotDev(path.to_owned()),
            other => DirectoryError::Open(path.to_owned(), other),
        })
    }

    fn path(&self, account: &str, region: &str) -> PathBuf {
        self.folder.join(account).join(format!("{region}.vault"))
    }

    /// Where there are vaults.
    fn places(&self) -> io::Result<Vec<(AccountId, String)>> {
        let mut places = Vec::new();
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?;
            let name = folder.file_name();
            let Some(account) = name.to_str().and_then(AccountId::parse) else { continue };
            for file in fs::read_dir(folder.path())? {
                let name = file?.file_name();
                if let Some(region) = name.to_str().and_then(|name| name.strip_suffix(".vault")) {
                    places.push((account, region.to_owned()));
                }
            }
        }
        places.sort_by(|left, right| (left.0.as_str(), &left.1).cmp(&(right.0.as_str(), &right.1)));
        Ok(places)
    }
}

fn dev_secret(path: &Path) -> Result<UnlockSecret, DirectoryError> {
    UnlockSecret::key_file(DEV_SECRET).map_err(|error| DirectoryError::Vault(path.to_owned(), error))
}

/// Makes a vault for tests.
fn make(path: &Path, realm: Realm) -> Result<Vault, DirectoryError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| DirectoryError::Io(folder.to_owned(), error))?;
    }
    Vault::create(path, &NewVault { realm }, &dev_secret(path)?)
        .map_err(|error| DirectoryError::Open(path.to_owned(), error))
}
