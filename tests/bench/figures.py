"""One figure a line, and which goals were missed."""

missed = []


def figure(name, value, unit, goal=None, met=True):
    """Print a figure; goal is a text such as "at least 10"."""
    text = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    tail = "" if goal is None else f" (goal {goal})"
    print(f"figure: {name} = {text} {unit}{tail}", flush=True)
    if not met:
        missed.append(name)


def at_least(name, value, unit, goal):
    figure(name, value, unit, f"at least {goal:g} {unit}", value >= goal)


def below(name, value, unit, goal):
    figure(name, value, unit, f"below {goal:g} {unit}", value < goal)
