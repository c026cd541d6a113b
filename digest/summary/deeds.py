"""Say what the named thing does: "X: Pruning Caches" is "X prunes caches"."""

import re

# Verbs of which the thing itself is the subject; those that are as often nouns are left out
# (learning, training, reasoning, streaming, coding, scaling laws).
_DOING_TEXT = """
    accelerating:accelerates adapting:adapts advancing:advances aggregating:aggregates
    aligning:aligns analyzing:analyzes animating:animates approximating:approximates
    assessing:assesses augmenting:augments automating:automates benchmarking:benchmarks
    bridging:bridges bringing:brings building:builds calibrating:calibrates capturing:captures
    combining:combines comparing:compares compressing:compresses connecting:connects
    controlling:controls creating:creates cutting:cuts debiasing:debiases decomposing:decomposes
    decoupling:decouples defending:defends designing:designs detecting:detects
    discovering:discovers distilling:distills diversifying:diversifies editing:edits
    eliminating:eliminates embedding:embeds empowering:empowers enabling:enables
    encoding:encodes endowing:endows enhancing:enhances enriching:enriches estimating:estimates
    evaluating:evaluates expanding:expands explaining:explains exploiting:exploits
    exploring:explores extending:extends extracting:extracts finding:finds forecasting:forecasts
    fusing:fuses generalizing:generalizes generating:generates guiding:guides
    identifying:identifies improving:improves incorporating:incorporates injecting:injects
    integrating:integrates introducing:introduces investigating:investigates
    jailbreaking:jailbreaks keeping:keeps leveraging:leverages lifting:lifts
    localizing:localizes making:makes marrying:marries matching:matches maximizing:maximizes
    measuring:measures merging:merges minimizing:minimizes mitigating:mitigates
    optimizing:optimizes orchestrating:orchestrates predicting:predicts preserving:preserves
    preventing:prevents probing:probes protecting:protects pruning:prunes quantifying:quantifies
    quantizing:quantizes reconstructing:reconstructs recovering:recovers reducing:reduces
    refining:refines removing:removes repurposing:repurposes resolving:resolves
    restoring:restores revealing:reveals revisiting:revisits rewarding:rewards
    selecting:selects separating:separates simplifying:simplifies simulating:simulates
    solving:solves speeding:speeds steering:steers stabilizing:stabilizes supporting:supports
    synthesizing:synthesizes teaching:teaches transferring:transfers transforming:transforms
    translating:translates turning:turns understanding:understands unifying:unifies
    unlocking:unlocks updating:updates verifying:verifies"""
DOING = dict(pair.split(":") for pair in _DOING_TEXT.split())
_GERUND = re.compile(r"(?:(\w+ly)\s)?([A-Za-z-]+ing)\s(?:(and|or|,)\s([A-Za-z]+ing)\s)?(?=\S)")
_TO = re.compile(r"learning\s(?=(?:to|when|how|what|from)\s)", re.IGNORECASE)
_SCALING = re.compile(r"scaling\s(?!laws?\b)", re.IGNORECASE)
_NAMED = re.compile(r"\S*\d\S*|[^\sA-Za-z]*+[A-Za-z]\S*[A-Z]\S*|[A-Z]\S+")


def deed_of_title(name: str, says: str) -> str:
    """Return what the title says the thing does, its verb after "it"; "" if that is not sure."""
    if not _NAMED.fullmatch(name) or (name.endswith("s") and name.istitle()):
        return ""
    if to := _TO.match(says):
        return f"learns {says[to.end() :]}"
    if scaling := _SCALING.match(says):
        return f"scales {says[scaling.end() :]}"
    found = _GERUND.match(says)
    if not found or (first := DOING.get(found[2].lower())) is None:
        return ""
    rest = says[found.end() :]
    if rest.startswith(("and ", "or ", "of ")):  # "guiding and minimal images"
        return ""
    manner = f"{found[1].lower()} " if found[1] else ""
    if found[4]:
        second = DOING.get(found[4].lower())
        return f"{manner}{first} {found[3]} {second} {rest}" if second else ""
    return f"{manner}{first} {rest}"
