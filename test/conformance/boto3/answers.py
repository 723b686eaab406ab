"""Compares an answer with botocore's model of the service, which was not made by the code under test."""

import json
import xml.etree.ElementTree as ElementTree

from botocore.utils import is_json_value_header
from botocore.validate import ParamValidator

_VALIDATOR = ParamValidator()
# Members that every answer of the query protocols may have besides the modelled ones.
_ENVELOPE = {"requestId", "ResponseMetadata"}
# AWS answers 0 here, which its own model does not allow.
_MODELLED_TOO_NARROW = ("NumberOfDecreasesToday, value: 0",)


def problems_of(http_response, parsed, model):
    """What is wrong with an answer: members and types that the model does not know, missing required ones."""
    if http_response.status_code >= 300:
        return _problems_of_refusal(parsed, http_response.status_code)
    problems = [] if parsed["ResponseMetadata"].get("RequestId") else ["no request id"]
    shape = model.output_shape
    if shape is None:
        return problems
    if model.has_event_stream_output:
        return problems
    members = {name: value for name, value in parsed.items() if name not in ("ResponseMetadata", "Body")}
    report = _VALIDATOR.validate(_as_sent(members, shape), _without_streams(shape))
    if report.has_errors():
        lines = report.generate_report().split("\n")
        problems += [line for line in lines if not any(known in line for known in _MODELLED_TOO_NARROW)]
    if not model.has_streaming_output:
        problems += _unknown_members(http_response.content, shape, model)
    return problems


def _problems_of_refusal(parsed, status):
    if status == 304 or parsed.get("Error", {}).get("Code", "").isdigit():
        return []
    return [] if parsed["Error"].get("Message") else ["a refusal without a message"]


def _as_sent(value, shape):
    """The value with policy documents as text, which boto3 has decoded, and without what it says is absent."""
    kind = shape.type_name
    if kind == "structure":
        return {name: _as_sent(inner, shape.members[name]) for name, inner in value.items() if inner is not None}
    if kind == "list":
        return [_as_sent(inner, shape.member) for inner in value]
    return json.dumps(value) if kind == "string" and isinstance(value, dict) else value


def _without_streams(shape):
    """The shape; a streamed body is not validated, because it has not been read yet."""
    streamed = shape.serialization.get("payload")
    if streamed is None or streamed not in shape.members or not shape.members[streamed].serialization.get("streaming"):
        return shape
    kept = {name: member for name, member in shape.members.items() if name != streamed}
    clone = type(shape)(shape.name, shape._shape_model, shape._shape_resolver)
    clone.__dict__["members"] = kept
    return clone


def _unknown_members(content, shape, model):
    protocol = model.service_model.resolved_protocol
    if not content.strip() or _body_shape(shape).type_name in ("string", "blob"):
        return []
    if protocol in ("json", "rest-json"):
        body = json.loads(content)
        return list(_json_problems(body, _body_shape(shape), "$"))
    root = ElementTree.fromstring(content)
    if protocol == "query":
        wrapper = shape.serialization.get("resultWrapper")
        found = [child for child in root if _tag(child) == wrapper] if wrapper else [root]
        return [problem for node in found for problem in _xml_problems(node, shape, "$", _ENVELOPE)]
    return list(_xml_problems(root, _body_shape(shape), "$", _ENVELOPE))


def _body_shape(shape):
    """The shape of the body: the payload member, or the structure without what travels in headers."""
    payload = shape.serialization.get("payload")
    return shape.members[payload] if payload else shape


def _json_problems(value, shape, path):
    kind = shape.type_name
    if value is None:
        # AWS leaves absent members out.
        yield f"{path} is null"
    elif kind == "structure":
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name not in known:
                yield f"{path}.{name} is not modelled"
            else:
                yield from _json_problems(inner, known[name], f"{path}.{name}")
    elif kind == "list":
        for index, inner in enumerate(value):
            yield from _json_problems(inner, shape.member, f"{path}[{index}]")
    elif kind == "map":
        for name, inner in value.items():
            yield from _json_problems(inner, shape.value, f"{path}.{name}")
    elif kind == "timestamp":
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            yield f"{path} is {value!r}, not seconds since the epoch"
    elif kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path} is {value!r}, not a whole number"
    elif kind in ("float", "double"):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            yield f"{path} is {value!r}, not a number"
    elif kind == "boolean":
        if not isinstance(value, bool):
            yield f"{path} is {value!r}, not a boolean"
    elif kind in ("string", "blob") and not is_json_value_header(shape):
        if not isinstance(value, str):
            yield f"{path} is {value!r}, not a string"
        elif getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path} is {value!r}, none of {shape.enum}"


def _tag(node):
    return node.tag.split("}")[-1]


def _xml_problems(node, shape, path, allowed=frozenset()):
    kind = shape.type_name
    if kind == "structure":
        known = dict(_xml_members(shape))
        for child in node:
            name = _tag(child)
            if name in known:
                yield from _xml_problems(child, known[name], f"{path}.{name}")
            elif name not in allowed:
                yield f"{path}.{name} is not modelled"
    elif kind == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in node:
            if _tag(child) != wanted:
                yield f"{path} has {_tag(child)}, expected {wanted}"
            yield from _xml_problems(child, shape.member, f"{path}.{wanted}")
    elif kind == "map":
        names = [shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")]
        for entry in node:
            if [_tag(child) for child in entry] != names:
                yield f"{path} has an entry of {[_tag(child) for child in entry]}, expected {names}"
    elif kind == "boolean" and node.text not in ("true", "false"):
        yield f"{path} is {node.text!r}, not a boolean"
    elif kind == "string" and getattr(shape, "enum", None) and node.text not in shape.enum:
        yield f"{path} is {node.text!r}, none of {shape.enum}"


def _xml_members(shape):
    """Element names of a structure's members with the shape of one element."""
    for name, member in shape.members.items():
        if member.serialization.get("location"):
            continue
        element = member.serialization.get("name", name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            yield member.member.serialization.get("name", element), member.member
            yield element, member.member
        else:
            yield element, member
