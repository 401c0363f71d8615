"""Raw decisions: Cedar's own requests, entities and answers, for policies of the subset and any schema.

In: rules (`policy.parser`), a schema where there is one (`policy.schema_json.read_schema`), and requests in Cedar's JSON
forms. Out: `allow` or `deny`, or one sentence that says what is wrong with a request.
Guaranteed: the answer is Cedar's. A rule that fails on a request (a missing attribute, a wrong type) is skipped, as
Cedar skips it; with a schema, requests and entities that do not conform to it are errors, as they are in Cedar.

Jackline's own decisions do not go through here: they are compiled for effects (`policy.compile`), over a schema that
is total, so that no rule can fail. This is how public test suites for Cedar are run against the same parser and the
same meaning of every operator.
"""
