"""How case files are spoken of: kinds, stages, steps, documents, the paper way."""

from collections.abc import Sequence

from school import wording

#: What it is, as a title.
KIND_TITLES = {
    "ediary": "Доступ к электронному дневнику",
    "extract": "Выписка из классного журнала",
    "written_information": "Письменная информация об успеваемости",
    "refusal_of_electronic_form": "Отказ от электронной формы",
    "termination": "Прекращение доступа к дневнику",
    "consultation": "Консультация",
}
#: In a choice: what the applicant wants.
KIND_CHOICES = {
    "ediary": "доступ к электронному дневнику",
    "extract": "выписка из классного журнала",
    "written_information": "информация об успеваемости на бумаге, разово",
    "refusal_of_electronic_form": "отказ от электронной формы: сообщать на бумаге",
    "termination": "прекратить доступ к дневнику",
    "consultation": "консультация о работе с дневником",
}
CHANNEL_WORDS = {
    "visit": "на личном приёме",
    "post": "по почте на бумаге",
    "portal": "через портал госуслуг",
    "signed_in": "из личного кабинета",
}
APPLICANT_WORDS = {
    "guardian": "законный представитель",
    "adult_pupil": "совершеннолетний обучающийся",
    "pupil": "обучающийся",
}
STAGE_WORDS = {
    "consent_awaited": "ждём лист согласия",
    "checking": "лист согласия проверяет классный руководитель",
    "sent_back": "лист вернули, чтобы дополнить",
    "accepting": "ждёт решения администратора",
    "preparing": "готовится ответ",
    "preparing_code": "готовится пригласительный код",
    "code_at_class_teacher": "код у классного руководителя",
    "code_at_office": "код готов, получить в кабинете администратора",
    "ready": "готово, можно получить",
    "done": "исполнено",
    "refused_acceptance": "отказано в приёме документов",
    "refused": "отказано в предоставлении услуги",
    "no_consent": "несогласие: информация на бумаге",
    "taken_back": "заявитель отозвал заявление",
}
HOLDER_WORDS = {
    "applicant": "заявитель",
    "class_teacher": "классный руководитель",
    "administrator": "администратор",
    "": "никто, дело закрыто",
}
STEP_WORDS = {
    "registered": "Заявление зарегистрировано",
    "child_found": "Ребёнок найден в списках школы",
    "sheet_received": "Классный руководитель получил лист согласия",
    "sheet_taken": "Лист согласия получен",
    "sheet_signed": "Согласие дано в личном кабинете",
    "sent_back": "Лист вернули, чтобы дополнить",
    "passed_on": "Классный руководитель проверил лист и передал администратору",
    "not_consented": "Записано несогласие",
    "accepted": "Администратор принял заявление",
    "refused_acceptance": "Отказано в приёме документов",
    "refused": "Отказано в предоставлении услуги",
    "taken_back": "Заявитель отозвал заявление",
    "code_given_to_class_teacher": "Код передан классному руководителю",
    "code_at_office": "Код готов в кабинете администратора",
    "code_handed_over": "Код передан лично в руки",
    "code_to_be_printed": "Прежний код закрыт, готовится новый",
    "prepared": "Ответ готов",
    "made_again": "Ответ сделан заново",
    "handed_out": "Ответ передан лично в руки",
    "sent_out": "Ответ отправлен по почте",
    "answered": "Дан ответ",
    "access_ended": "Доступ прекращён",
}
SHEET_WORDS = {
    "applicant": "данные заявителя",
    "pupil": "данные ребёнка",
}
PURPOSE_WORDS = {
    "ediary": "электронный дневник",
    "email": "письма по электронной почте",
    "sms": "СМС-сообщения",
}
DECISION_WORDS = {"given": "согласие", "refused": "несогласие"}
PAPER_WAY_WORDS = {
    "refused": "отказ от электронной формы",
    "withdrew": "отзыв согласия",
    "no_consent": "нет согласия на обработку данных",
    "terminated": "доступ прекращён по заявлению",
    "no_device": "нет компьютера, телефона или интернета",
    "adult_pupil": "решение совершеннолетнего обучающегося",
    "other": "другая причина",
}
IDENTITY_KINDS = (
    "паспорт гражданина РФ", "паспорт иностранного гражданина", "вид на жительство",
    "временное удостоверение личности", "иной документ",
)  # fmt: skip
IDENTITY_CHOICES = tuple((kind, kind) for kind in IDENTITY_KINDS)


def request_number(ordinal: int, year_name: str) -> str:
    """«17 (2026/27)»: the number of a request, which begins anew with each school year."""
    return f"{ordinal} ({year_name})" if year_name else str(ordinal)


def missing_documents(names: Sequence[str], own_words: str = "") -> str:
    """«не хватает: согласия на обработку персональных данных, …»."""
    return "; ".join(filter(None, (*names, own_words.strip())))


#: Of a document, what is missing.
DOCUMENTS_MISSING = {
    "application": "нет подписанного заявления",
    "consent": "нет согласия на обработку персональных данных",
    "identity": "не предъявлен документ, удостоверяющий личность",
    "authority": "не предъявлен документ о полномочиях представителя",
}


def holder_sentence(holder: str, name: str) -> str:
    """«классный руководитель Классная И. И.»; the name where it is known."""
    return " ".join(filter(None, (HOLDER_WORDS[holder], name)))


def holder_beside(stage: str, holder: str, name: str) -> str:
    """The same beside the words of a stage, without the role where these name it: «ждёт решения
    администратора» says who has it."""
    role = HOLDER_WORDS[holder]
    if role[:6] in STAGE_WORDS[stage]:
        return name
    return holder_sentence(holder, name)


def count_requests(n: int) -> str:
    """«1 заявление»."""
    return wording.plural(n, "заявление", "заявления", "заявлений")
