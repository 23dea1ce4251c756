"""Tables and constraints, nothing else."""

from school.models.absences import Excuse
from school.models.changes import ChangeRequest
from school.models.classes import (
    Enrolment,
    GroupMembership,
    GroupTeacher,
    SchoolClass,
    Subject,
    TeachingGroup,
)
from school.models.delivery import Contact, DayDone, Device, Letter, Paper, Route
from school.models.frozen import FrozenYear
from school.models.grading import GradingPolicy, SubjectGradingPolicy
from school.models.help import HelpMessage, HelpThread
from school.models.imports import (
    CurriculumLine,
    ImportRun,
    ImportWord,
    PersonMerge,
    YearStart,
)
from school.models.invitations import HandOver, Invitation
from school.models.issued import IssuedHandOver, IssuedPaper
from school.models.looks import ChosenLook
from school.models.pages import PublicPage
from school.models.people import Account, DiaryLimit, Guardianship, Role
from school.models.persons import Person
from school.models.places import (
    Bell,
    BellSchedule,
    ExternalId,
    Municipality,
    School,
    SchoolBreak,
    SchoolYear,
    StudyPeriod,
)
from school.models.plans import LessonPlanTopic
from school.models.printouts import (
    PaperCall,
    Printout,
    PrintoutHandOver,
    PrintoutPart,
    PrintoutSchedule,
    PrintSize,
)
from school.models.register import (
    Attendance,
    Homework,
    LessonComment,
    Mark,
    PageSave,
    SubjectWorkKind,
    Work,
    WorkKind,
)
from school.models.regulations import (
    CalendarCorrection,
    CalendarYear,
    RegulationAct,
    RegulationVersion,
)
from school.models.remarks import Remark
from school.models.requests import (
    Consent,
    DestructionAct,
    FormText,
    PaperWay,
    RequestStep,
    ServiceRequest,
)
from school.models.results import (
    Acknowledgement,
    Closing,
    CouncilDecision,
    Deferral,
    Exam,
    PeriodResult,
    ResultPolicy,
    ResultVerdict,
    Retake,
)
from school.models.sessions import Draft, Session, Throttle, WorkerSeen
from school.models.timeliness import Reminder, SweepClaim, Verdict
from school.models.timetable import (
    DayChange,
    Lesson,
    LessonChange,
    TeacherAbsence,
    TimetableEntry,
)
from school.models.traces import AccessLog, History, LogTerm, Revision
from school.models.visits import Visit, VisitStep

ALL_MODELS = (
    Municipality, School, SchoolYear, StudyPeriod, SchoolBreak, BellSchedule, Bell, Person,
    ExternalId, SchoolClass, Enrolment, Subject, TeachingGroup, GroupMembership, GroupTeacher,
    Account, Role, Guardianship, TimetableEntry, Lesson, LessonChange, WorkKind, Work, Mark,
    Attendance, Homework, LessonComment, PageSave, LessonPlanTopic, GradingPolicy, History,
    AccessLog, Revision, Session, Throttle, Draft, WorkerSeen, ChosenLook,
    Contact, Device, Letter, Route, DayDone, Paper,
    RegulationAct, RegulationVersion, CalendarCorrection, CalendarYear,
    DiaryLimit, LogTerm,
    Verdict, Reminder, SweepClaim,
    ImportRun, ImportWord, PersonMerge, YearStart, CurriculumLine,
    ResultPolicy, Exam, PeriodResult, Retake, Deferral, Closing, CouncilDecision,
    Acknowledgement, ResultVerdict,
    ChangeRequest, FrozenYear,
    ServiceRequest, RequestStep, Consent, PaperWay, DestructionAct, FormText,
    Excuse, Remark,
    HelpThread, HelpMessage, PublicPage,
    SubjectGradingPolicy, SubjectWorkKind,
    Invitation, HandOver,
    DayChange, TeacherAbsence,
    PrintoutSchedule, PrintSize, Printout, PrintoutPart, PrintoutHandOver, PaperCall,
    IssuedPaper, IssuedHandOver, Visit, VisitStep,
)  # fmt: skip

__all__ = [model.__name__ for model in ALL_MODELS] + ["ALL_MODELS"]
