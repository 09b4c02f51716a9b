"""`format=flowed` (RFC 3676): lines that end in a space go on in the next one."""


def unflowed(text: str, *, delete_space: bool) -> str:
    """Join flowed lines of equal quote depth; `delete_space` is the parameter `DelSp=yes`."""
    out: list[list[str]] = []
    flowing: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        signature = content.rstrip("\r") == "-- "
        if flowing == depth and not signature:
            pieces = out[-1]
            pieces[-1] = pieces[-1][:-1] if delete_space else pieces[-1]
            pieces.append(content)
        else:
            out.append([">" * depth + " " + content if depth else content])
        flowing = depth if content.endswith(" ") and not signature else None
    return "\n".join(map("".join, out))
