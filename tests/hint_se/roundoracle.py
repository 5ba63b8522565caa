"""A round from its rules: dictionaries and loops, slow, and nothing shared with the package."""

LEVEL = 2**40


def mixed(u, v):
    """The number that decides between neighbours of equal score."""
    p, q = 4194301, 4194287
    low, high = sorted((u, v))
    once = (low % p * 2654435 + high % p * 1779033 + low % q * 3144134 + high % q * 1013904) % p
    return (once * once + once * 2654435) % p


def merging(edges, volume):
    """Return {cluster: group} for {(a, b): weight} and {cluster: volume}."""
    near = {}
    for (a, b), w in edges.items():
        near.setdefault(a, {})[b] = w
        near.setdefault(b, {})[a] = w
    best = {v: max(near[v], key=lambda u: (near[v][u] / volume[u], mixed(u, v), u)) for v in near}
    group = {v: min(v, u) for v, u in best.items() if best[u] == v}
    joining = {}
    for v, u in best.items():
        if v not in group and u in group and volume[v] <= volume[u] / 16:
            joining.setdefault(u, []).append((volume[v], v))
    joined = {}
    for u, those in joining.items():
        room = volume[u] / 16
        for size, v in sorted(those):
            room -= size
            if room < 0:
                break
            joined[v] = group[u]
    group |= joined
    if len(group) < len(near) / 32:
        left = [(v, u) for v, u in best.items() if v not in group and u not in group]
        ends = {}
        for v, u in left:
            ends.setdefault(v, set()).add(u)
            ends.setdefault(u, set()).add(v)
        choice = {v: max(those, key=lambda u: (mixed(u, v), u)) for v, those in ends.items()}
        group |= {v: min(v, u) for v, u in choice.items() if choice[u] == v}
    return group


def contracted(edges, volume, group):
    """Return the edges and volumes after a round; clusters without edges are gone."""
    new, volumes = {}, {}
    for (a, b), w in edges.items():
        pair = tuple(sorted((group.get(a, a), group.get(b, b))))
        if pair[0] != pair[1]:
            new[pair] = new.get(pair, 0) + w
    for v, size in volume.items():
        volumes[group.get(v, v)] = volumes.get(group.get(v, v), 0) + size
    going = {v for pair in new for v in pair}
    return new, {v: size for v, size in volumes.items() if v in going}


def linked(edges):
    """Return the parents of all nodes by the rounds until no edge is left; the root is None."""
    volume = {}
    for (a, b), w in edges.items():
        volume[a] = volume.get(a, 0) + w
        volume[b] = volume.get(b, 0) + w
    node = {v: v for v in volume}
    parent, level = {}, 0
    while edges:
        level += 1
        group = merging(edges, volume)
        for v, leader in group.items():
            parent[node[v]] = level * LEVEL + leader
        for leader in set(group.values()):
            node[leader] = level * LEVEL + leader
        edges, volume = contracted(edges, volume, group)
    return parent, level
