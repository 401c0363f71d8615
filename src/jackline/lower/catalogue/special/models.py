"""Code that is handed to a framework's console: what it asks of the database by the methods that it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jackline.core.deferred import late_pattern
from jackline.lower.places.tables import words

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_DATABASES: Final = {
    "manage.py": "django/database",
    "django-admin": "django/database",
    "rails": "rails/database",
    "artisan": "laravel/database",
}
_ASKING: Final = words(
    "objects all count first last get find find_by filter exclude values values_list where pluck exists any select limit order order_by "
    "orderBy sum avg average max min aggregate annotate distinct latest oldest take offset toArray to_a to_s inspect as_json toJson "
    "map each "
    "size length keys name id pk email title created_at updated_at attributes column_names columns table_name fields _meta get_fields "
    "db_table query sql toSql explain format join groupBy group group_by having includes joins with paginate value models apps "
    "get_models get_user_model __table__ __name__ __version__ version env env.name User conf settings DEBUG DATABASES INSTALLED_APPS"
)
"""Methods and attributes that ask, in Django's, Active Record's and Eloquent's interfaces."""
_SAYING: Final = words(
    "print puts p pp echo dump dd var_dump print_r import from as for in if not and or True False None nil true false null return list len "
    "dict set sorted str repr sum max min range enumerate new use get_user_model"
)
_TEXT: Final = late_pattern(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_IMPORT: Final = late_pattern(r"(?:\bfrom\s+[\w.]+\s+)?\bimport\s+[\w., ]+")
_NAME: Final = late_pattern(r"(?P<of>\.|->|::)?\s*(?P<name>[A-Za-z_]\w*)\s*(?P<called>\(|!|\?)?")
_STRANGE: Final = late_pattern(r"[`#@$]\{|`|\$\(|(?<![=!<>])=(?![=>])|%x|<<|>>")


def console(call: Call) -> None:
    """`manage.py shell -c CODE`, `rails runner CODE`, `artisan tinker --execute CODE`: a change, unless all of it asks."""
    given = (
        call.value("command")
        if call.program not in {"rails", "artisan"}
        else call.value("line") or call.value("execute")
    )
    if given is None:
        return
    name = _DATABASES.get(call.program, "database")
    if given.text is not None and asks(given.text):
        call.emit("read", "table", name, at=call.at(given), reach="remote")
    else:
        call.emit(
            "modify", "table", name, at=call.at(given), reach="remote", reversible="no", scope=call.scope.possible()
        )


def asks(code: str) -> bool:
    """Whether a line names nothing but methods that ask and words that print; a file that it names is no line."""
    bare = _IMPORT.sub("", _TEXT.sub("''", code))
    if _STRANGE.search(bare) or bare.strip().endswith((".rb", ".php", ".py")):
        return False
    for found in _NAME.finditer(bare):
        name = found["name"]
        if found["of"]:
            if name not in _ASKING and not (name[:1].isupper() and not found["called"]):
                return False
        elif (
            name not in _SAYING
            and (found["called"] == "(" or re.search(rf"\b{name}\s+['\"]", bare))
            and name not in _ASKING
        ):
            return False
    return True
