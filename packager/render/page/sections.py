"""The sections of a workflow on a page, in the order in which people need them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.redaction import redacted, shown_description, shown_value
from packager.healthomics.instance_types import Fit, fit_of, request_of
from packager.images.registry_map import Status
from packager.model.facts import Attribute, ImageStatus, Input, Task
from packager.render.images import ImageRow, destination_words, image_rows
from packager.render.markup import Markup, element, joined
from packager.render.page.findings import findings_list, group_id
from packager.render.page.model import ReportedWorkflow, Room, by_task, picture_notes
from packager.render.page.parts import breakable, code, folded, more, place, prose, section, table
from packager.render.picture import fitting_drawing, legend, svg_element
from packager.render.terminal import size_text
from packager.render.workflow import dynamic, image_cell
from packager.text import count, listed

_MOST_SOURCES = 6


def verdict(workflow: ReportedWorkflow) -> Markup:
    """Whether the workflow passes, and how many findings it has."""
    report = workflow.report
    errors = report.count(Severity.ERROR)
    counts = (
        count(errors, "error"),
        count(report.count(Severity.WARNING), "warning"),
        count(report.count(Severity.INFO), "note"),
    )
    if errors:
        sentence = "HealthOmics rejects the workflow, or a run fails or loses results."
    else:
        sentence = "packager found nothing that HealthOmics rejects or that makes a run fail."
    if not workflow.loaded.workflow.complete:
        sentence += " Parts of the workflow could not be read, so this page may lack tasks, images and findings."
    word = element("b", {"class": "fail" if errors else "pass"}, "Fails" if errors else "Passes")
    return element("p", {"class": "verdict"}, word, f": {', '.join(counts)}. {sentence}")


def sections(workflow: ReportedWorkflow, prefix: str, room: Room, *, level: int) -> list[Markup]:
    """Everything about one workflow; `prefix` makes its ids unique, and `level` is that of the headings."""
    facts = workflow.loaded.workflow
    findings = by_task(workflow)
    rows = {number: f"{prefix}-task-{number + 1}" for number in range(min(len(facts.tasks), room.rows))}
    parts = [
        ("service", "What the service will see", _service(workflow)),
        ("picture", "Picture", _picture(workflow, findings, rows, room)),
        ("tasks", f"Tasks ({_number(workflow, facts.tasks)})", _tasks(workflow, findings, rows, prefix, room)),
        ("images", f"Images ({_number(workflow, workflow.loaded.images)})", _images(workflow, room)),
        ("parameters", f"Parameters ({_number(workflow, facts.inputs)})", _parameters(workflow, room)),
        (
            "findings",
            f"Findings ({len(workflow.report.diagnostics)})",
            joined(findings_list(workflow, prefix, room)),
        ),
        ("files", f"Files ({len(workflow.loaded.plan.entries)})", _files(workflow, room)),
    ]
    links = [element("li", None, element("a", {"href": f"#{prefix}-{name}"}, title)) for name, title, _ in parts]
    navigation = element("nav", {"aria-label": f"Sections of {workflow.path}"}, element("ul", None, links))
    return [navigation, *(section(f"{prefix}-{name}", title, content, level=level) for name, title, content in parts)]


def _number(workflow: ReportedWorkflow, facts: Sequence[object]) -> str:
    return str(len(facts)) if facts or workflow.loaded.workflow.complete else "unknown"


def _service(workflow: ReportedWorkflow) -> Markup:
    loaded = workflow.loaded
    detection, service, facts = loaded.detection, loaded.detection.service, loaded.workflow
    if detection.service_differs:
        chosen = [code(service.main), f" ({service.engine})"] if service.main else ["nothing"]
        without = ["the service would choose ", *chosen, ": ", prose(service.reason)]
    else:
        without = ["the service would choose the same"]
    template = loaded.written_template
    pairs: list[tuple[str, Sequence[str]]] = [
        ("Engine", [loaded.request_engine, f" {facts.language_version}" if facts.language_version else ""]),
        ("Main file", [code(detection.main), ": ", prose(detection.reason)]),
        ("Without engine and main", without),
        ("Parameter template", [code(template.path)] if template else ["made from the workflow"]),
        ("Registry map", [code(loaded.registry_map.path)] if loaded.registry_map else ["none"]),
        ("Account and Region", [f"{loaded.account or 'account unknown'}, {loaded.region or 'Region unknown'}"]),
        ("Package", [f"{count(len(loaded.plan.entries), 'file')}, {size_text(loaded.plan.size)} before compression"]),
    ]
    return element(
        "dl", None, [part for name, value in pairs for part in (element("dt", None, name), element("dd", None, value))]
    )


def _picture(
    workflow: ReportedWorkflow, findings: Mapping[int, Sequence[Diagnostic]], rows: Mapping[int, str], room: Room
) -> Markup:
    graph, tasks = workflow.loaded.workflow.graph, workflow.loaded.workflow.tasks
    if not graph.calls:
        return element("p", None, "No calls are known.")
    drawing = fitting_drawing(graph, picture_notes(graph, tasks, findings, rows), room.boxes)
    sentences = " ".join(legend(drawing.picture, graph, left_out=drawing.layout.left_out))
    figure = element(
        "figure",
        None,
        element(
            "div",
            {"class": "scroll", "tabindex": "0", "role": "group", "aria-label": "Picture of the calls"},
            svg_element(drawing, workflow.name),
        ),
        element("figcaption", None, "Colours show the worst finding of a task. ", sentences),
    )
    return joined([figure, _calls(workflow, room)])


def _calls(workflow: ReportedWorkflow, room: Room) -> Markup:
    """The picture as a table."""
    graph = workflow.loaded.workflow.graph
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.source:
            sources.setdefault(edge.target, []).append(edge.source)
    rows = []
    for call in graph.calls[: room.rows]:
        runs = [*(["many times"] if call.scattered else []), *(["on a condition"] if call.conditional else [])]
        values = listed(sorted(set(sources.get(call.id, ()))), _MOST_SOURCES, quote=False)
        rows.append(
            (code(call.id), code(call.callee), ", ".join(runs), values, _at(workflow, call.place.path, call.place.line))
        )
    heads = ("Call", "Definition", "Runs", "Gets values from", "Place")
    drawn = table("Calls", heads, rows, most=room.rows)
    return folded(
        f"All {count(len(graph.calls), 'call')} as a table", drawn, more(len(graph.calls) - room.rows, "call")
    )


def _at(workflow: ReportedWorkflow, path: str, line: int = 0) -> Markup:
    return place(workflow.loaded.on_disk(path), line) if path else Markup()


def _tasks(
    workflow: ReportedWorkflow,
    findings: Mapping[int, Sequence[Diagnostic]],
    rows: Mapping[int, str],
    prefix: str,
    room: Room,
) -> Markup:
    tasks = workflow.loaded.workflow.tasks
    if not tasks:
        return element("p", None, "No tasks are known.")
    cells = []
    for number, task in enumerate(tasks[: room.rows]):
        resources, fit = task.resources, fit_of(task, workflow.loaded.region)
        cells.append(
            (
                [code(task.name), element("div", None, _at(workflow, task.place.path, task.place.line))],
                _amount(resources.cpu),
                _amount(resources.memory, " GiB"),
                _accelerator(task),
                _instance(task, fit),
                _unused(fit),
                element("span", {"class": "image"}, breakable(image_cell(task))),
                list(_marks(findings[number], prefix)),
            )
        )
    heads = ("Task", "vCPU", "Memory", "Accelerator", "Smallest instance type", "Unused", "Image", "Findings")
    drawn = table("Tasks", heads, cells, ids=[rows[number] for number in range(len(cells))], most=room.rows)
    return joined([drawn, more(len(tasks) - room.rows, "task")])


def _amount(attribute: Attribute | None, unit: str = "") -> str:
    if attribute is None:
        return f"1{unit} (default)"
    return "known in a run" if attribute.number is None else f"{round(attribute.number, 2):g}{unit}"


def _accelerator(task: Task) -> str:
    kind, number = task.resources.accelerator_type, task.resources.accelerator_count
    if kind is None and number is None:
        return ""
    name = redacted(str(kind.value)) if kind is not None and kind.value is not None else "unknown type"
    return f"{'no number' if number is None else _amount(number)} x {name}"


def _instance(task: Task, fit: Fit | None) -> list[str]:
    if not task.runs_container:
        return ["runs in the engine"]
    if fit is None:
        return ["none is large enough" if request_of(task) else "unknown"]
    out: list[str] = [fit.name]
    if fit.smaller is not None:
        lacking = [
            *([f"{fit.lacking_vcpus} vCPU"] if fit.lacking_vcpus else []),
            *([f"{fit.lacking_gib} GiB"] if fit.lacking_gib else []),
        ]
        if lacking:
            words = f"next smaller: {fit.smaller.name} lacks {' and '.join(lacking)}"
            out.append(element("div", {"class": "soft"}, words))
    return out


def _unused(fit: Fit | None) -> str:
    if fit is None:
        return ""
    parts = [
        *([f"{fit.unused_vcpus}\u00a0vCPU"] if fit.unused_vcpus else []),
        *([f"{fit.unused_gib}\u00a0GiB"] if fit.unused_gib else []),
    ]
    return ", ".join(parts) or "nothing"


def _marks(findings: Sequence[Diagnostic], prefix: str) -> Iterator[Markup]:
    """Links to the findings of a task, each code once."""
    for severity, name in sorted({(finding.severity.rank, finding.code) for finding in findings}):
        level = next(each for each in Severity if each.rank == severity)
        link = {"href": f"#{group_id(prefix, name, level)}", "class": level.value}
        yield joined([element("a", link, name), " "])


def _images(workflow: ReportedWorkflow, room: Room) -> Markup:
    rows = image_rows([workflow.loaded])
    tasks = workflow.loaded.workflow.tasks
    without = sum(task.image.status is ImageStatus.NONE and task.runs_container for task in tasks)
    note = (
        element("p", None, f"{count(without, 'task')} without an image (the service's default).")
        if without
        else Markup()
    )
    if not rows:
        return joined([element("p", None, "No images are known."), note])
    cells = [_image(row) for row in rows[: room.rows]]
    heads = ("Image", "Pulled from", "Used by")
    return joined([table("Images", heads, cells, most=room.rows), more(len(rows) - room.rows, "image"), note])


def _image(row: ImageRow) -> tuple[Sequence[str], Sequence[str], str]:
    use = row.use
    name = dynamic(use.image, use.depends_on) if use.status is ImageStatus.DYNAMIC else redacted(use.image)
    candidates = [element("div", {"class": "soft"}, "can be ", code(redacted(str(each)))) for each in use.candidates]
    status = row.resolution.status
    kind = "warning" if status is Status.UNMAPPED else "soft" if status is Status.DYNAMIC else "pass"
    words: list[str] = [element("span", {"class": kind}, status.value)]
    if status is Status.MAPPED:
        words = [element("span", {"class": "pass"}, destination_words(row.resolution))]
    if row.resolution.caution:
        words.append(element("div", {"class": "soft"}, prose(row.resolution.caution)))
    return [code(name), *candidates], words, listed(row.tasks, _MOST_SOURCES, quote=False)


def _parameters(workflow: ReportedWorkflow, room: Room) -> Markup:
    inputs = workflow.loaded.workflow.inputs
    if not inputs:
        return element("p", None, "The workflow has no parameters.")
    described = dict(workflow.loaded.parameters.parameters)
    cells = []
    for declared in inputs[: room.rows]:
        entry = described.get(declared.name)
        description = declared.description or (entry.description if entry else "")
        description = "" if description == declared.type else description  # what a template has without a description
        optional = entry.optional if entry else declared.optional
        cells.append(
            (
                code(declared.name),
                code(declared.type),
                "optional" if optional else element("b", None, "required"),
                _default(declared),
                prose(shown_description(declared.name, description, declared.default)),
            )
        )
    heads = ("Parameter", "Type", "Required", "Default", "Description")
    return joined([table("Parameters", heads, cells, most=room.rows), more(len(inputs) - room.rows, "parameter")])


def _default(declared: Input) -> str:
    return "" if declared.default is None else code(shown_value(declared.name, declared.default))


def _files(workflow: ReportedWorkflow, room: Room) -> Markup:
    entries = sorted(workflow.loaded.plan.entries, key=lambda entry: (-entry.size, entry.path))
    cells = [(code(entry.path), size_text(entry.size), entry.role.value) for entry in entries[: room.rows]]
    total = (
        f"{count(len(entries), 'file')}, {size_text(workflow.loaded.plan.size)} before compression, the largest first"
    )
    drawn = table("Files", ("File", "Size", "Role"), cells, most=room.rows)
    return folded(total, drawn, more(len(entries) - room.rows, "file"))


def index_row(workflow: ReportedWorkflow, prefix: str) -> list[Sequence[str] | str]:
    """A workflow in the index of a page."""
    report = workflow.report
    errors = report.count(Severity.ERROR)
    word = element("span", {"class": "fail" if errors else "pass"}, "fails" if errors else "passes")
    return [
        element("a", {"href": f"#{prefix}"}, breakable(workflow.path)),
        word,
        str(errors),
        str(report.count(Severity.WARNING)),
        str(report.count(Severity.INFO)),
        workflow.loaded.request_engine,
        _number(workflow, workflow.loaded.workflow.tasks),
    ]
