use std::fmt;

/// One sentence of a platform trait's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Clause {
    // Storage.
    /// What was committed is read.
    ReadGivesWhatWasCommitted,
    /// Buffers that are too small are told the length.
    SmallBufferIsToldTheLength,
    /// A commit whose stage fails changes nothing.
    CommitIsWhole,
    /// Commits of another revision are conflicts.
    RevisionIsCompared,
    /// Changes of a commit take effect in order.
    LaterChangesWin,
    /// A walk visits every address once.
    WalkVisitsEveryAddressOnce,
    /// Many commits leave what a map would hold.
    ManyCommitsAgreeWithAMap,
    /// What was committed is there when the medium is opened again.
    CommitIsDurable,
    /// A commit that finds no room changes nothing.
    FullStorageChangesNothing,

    // Staging.
    /// Nobody but the staging sees what is staged.
    StagedChangesAreApart,
    /// What is staged later takes the place of what was staged before.
    StagedChangesAddUp,
    /// A stage that fails keeps nothing.
    FailedStageKeepsNothing,
    /// A commit brings what is staged, before its own changes.
    CommitTakesWhatIsStaged,
    /// After a commit, whatever came of it, and after a discard nothing is staged.
    NothingStaysStaged,

    // AuditSink.
    /// Events come back in the order they came, none lost, none twice.
    EventsComeBackInOrder,
    /// Before a flush nothing is visited.
    NothingIsDurableBeforeAFlush,
    /// A scan begins and ends where it is told.
    ScanKeepsItsBounds,
    /// The link is made over what is kept.
    LinkIsMadeOverWhatIsKept,
    /// A flush without events keeps nothing.
    EmptyFlushKeepsNothing,
    /// An entry takes the place of one of its number.
    EntriesAreReplacedByNumber,
    /// After a flush that failed the events are still taken.
    FailedFlushKeepsTheEvents,
    /// What was flushed is there when the log is opened again.
    FlushIsDurable,
    /// A full sink refuses, and keeps what it had.
    FullSinkRefuses,

    // Cache.
    /// What is lent is what was filled.
    LendsWhatWasFilled,
    /// A fill that fails or finds nothing keeps nothing.
    FailedFillKeepsNothing,
    /// The buffer of a fill holds nothing of another key.
    FillBufferIsBlank,
    /// Forgetting one key leaves the others.
    ForgetsOneKey,
    /// A fill older than the last forget is refused.
    StaleFillIsRefused,
    /// Forgetting all forgets all, and bounds later fills.
    ForgetsAllKeys,
    /// Lends within lends do not wait for themselves.
    LendsNeverNest,
    /// Copies that are given up are shown first.
    GivenUpCopiesAreShown,
    /// Every version held is visited.
    VersionsHeldAreVisited,
    /// No more keys are held than there are places.
    CacheIsBounded,

    // State.
    /// The writer is lent once at a time.
    WriterIsLentOnce,
    /// The writer's half stays what it is.
    WriterIsKept,
    /// A change reaches every copy of the published half.
    PublishReachesEveryCopy,
    /// A vault opens, works and closes.
    SessionIsKept,

    // Entropy.
    /// Buffers are filled whole.
    BuffersAreFilledWhole,
    /// Nothing comes twice.
    NothingComesTwice,
    /// As many bits are set as not.
    BitsAreBalanced,
    /// A new start gives new bytes.
    RestartGivesNewBytes,
    /// A generator that fails says so.
    FailureIsTold,

    // Clock.
    /// Monotonic time never decreases.
    MonotonicNeverDecreases,
    /// Monotonic time is in milliseconds.
    MonotonicIsInMilliseconds,
    /// Wall time is in milliseconds since 1970.
    WallIsInMilliseconds,

    // Freshness.
    /// The counter does not move by itself.
    CounterStandsStill,
    /// An advance moves the counter to the number given.
    CounterAdvances,
    /// The counter never moves back.
    CounterNeverMovesBack,
    /// An advance is there when the counter is opened again.
    CounterIsDurable,

    // Eraser.
    /// What was written to a cell is read.
    CellGivesWhatWasWritten,
    /// The cells are two.
    CellsAreApart,
    /// The content of an erased cell is gone.
    ErasedContentIsGone,
    /// Cells are as they were when the eraser is opened again.
    CellsAreDurable,
    /// The medium holds nothing of an erased content.
    MediumHoldsNothingErased,

    /// What is absent says so, and fails.
    AbsenceIsTold,
}

impl Clause {
    /// The trait that it is of.
    #[must_use]
    pub const fn contract(self) -> &'static str {
        self.row().0
    }

    const fn row(self) -> (&'static str, &'static str) {
        use Clause as C;
        match self {
            C::ReadGivesWhatWasCommitted => ("Storage", "a read gives what the last commit put, whole"),
            C::SmallBufferIsToldTheLength => {
                ("Storage", "a buffer that is too small is told the length needed")
            }
            C::CommitIsWhole => ("Storage", "a commit applies all its changes or none"),
            C::RevisionIsCompared => ("Storage", "a commit of another revision is a conflict"),
            C::LaterChangesWin => ("Storage", "the changes of a commit take effect in their order"),
            C::WalkVisitsEveryAddressOnce => ("Storage", "a walk visits every address in use once"),
            C::ManyCommitsAgreeWithAMap => ("Storage", "many commits leave what a map would hold"),
            C::CommitIsDurable => ("Storage", "a commit is durable when it returns"),
            C::FullStorageChangesNothing => ("Storage", "a commit without room for it changes nothing"),
            C::StagedChangesAreApart => ("Staging", "nobody but the staging sees what is staged"),
            C::StagedChangesAddUp => ("Staging", "what is staged later takes the place of what was"),
            C::FailedStageKeepsNothing => ("Staging", "a stage that fails keeps nothing"),
            C::CommitTakesWhatIsStaged => {
                ("Staging", "a commit brings what is staged, before its own changes")
            }
            C::NothingStaysStaged => ("Staging", "after a commit or a discard nothing is staged"),

            C::EventsComeBackInOrder => ("AuditSink", "events come back in order, none lost, none twice"),
            C::NothingIsDurableBeforeAFlush => ("AuditSink", "an event stands in the log when it is flushed"),
            C::ScanKeepsItsBounds => ("AuditSink", "a scan begins and ends where it is told"),
            C::LinkIsMadeOverWhatIsKept => ("AuditSink", "the link is made over the bytes that are kept"),
            C::EmptyFlushKeepsNothing => ("AuditSink", "a flush without events keeps nothing"),
            C::EntriesAreReplacedByNumber => ("AuditSink", "an entry takes the place of one of its number"),
            C::FailedFlushKeepsTheEvents => {
                ("AuditSink", "after a flush that failed the events are still taken")
            }
            C::FlushIsDurable => ("AuditSink", "entries are durable when a flush returns"),
            C::FullSinkRefuses => ("AuditSink", "a full sink refuses events and keeps what it had"),

            C::LendsWhatWasFilled => ("Cache", "what is lent is what was filled"),
            C::FailedFillKeepsNothing => ("Cache", "a fill that fails or finds nothing keeps nothing"),
            C::FillBufferIsBlank => ("Cache", "the buffer of a fill holds nothing of another"),
            C::ForgetsOneKey => ("Cache", "forgetting a key forgets all of it and nothing else"),
            C::StaleFillIsRefused => ("Cache", "a fill older than the last forget is refused"),
            C::ForgetsAllKeys => ("Cache", "forgetting all forgets all and bounds later fills"),
            C::LendsNeverNest => ("Cache", "a call within a lend is busy or works"),
            C::GivenUpCopiesAreShown => ("Cache", "a copy that is given up is shown first"),
            C::VersionsHeldAreVisited => ("Cache", "every version held is visited"),
            C::CacheIsBounded => ("Cache", "no more keys are held than there are places"),

            C::WriterIsLentOnce => ("State", "at most one closure has the writer at a time"),
            C::WriterIsKept => ("State", "the writer's half and its buffer stay what they are"),
            C::PublishReachesEveryCopy => ("State", "a change reaches every copy of the published half"),
            C::SessionIsKept => ("State", "a vault opens, works and closes on it"),

            C::BuffersAreFilledWhole => ("Entropy", "a buffer is filled whole"),
            C::NothingComesTwice => ("Entropy", "no output comes twice"),
            C::BitsAreBalanced => ("Entropy", "as many bits are set as not"),
            C::RestartGivesNewBytes => ("Entropy", "no output comes again after a new start"),
            C::FailureIsTold => ("Entropy", "a generator that cannot fill a buffer says so"),

            C::MonotonicNeverDecreases => ("Clock", "monotonic time never decreases"),
            C::MonotonicIsInMilliseconds => ("Clock", "monotonic time is in milliseconds"),
            C::WallIsInMilliseconds => ("Clock", "wall time is in milliseconds since 1970"),

            C::CounterStandsStill => ("Freshness", "the counter does not move by itself"),
            C::CounterAdvances => ("Freshness", "an advance moves the counter to the number given"),
            C::CounterNeverMovesBack => ("Freshness", "the counter never moves back"),
            C::CounterIsDurable => ("Freshness", "an advance is durable when it returns"),

            C::CellGivesWhatWasWritten => ("Eraser", "a cell gives what was written to it"),
            C::CellsAreApart => ("Eraser", "what is done to one cell leaves the other"),
            C::ErasedContentIsGone => ("Eraser", "an erased content is not read again"),
            C::CellsAreDurable => ("Eraser", "writing and erasing are durable when they return"),
            C::MediumHoldsNothingErased => ("Eraser", "the medium holds nothing of an erased content"),

            C::AbsenceIsTold => ("Freshness, Eraser", "what is absent says so and fails"),
        }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}
