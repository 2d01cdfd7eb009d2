{# Names of people, places and companies, and streets. #}

{# Written in capitals or small letters alone, a name is given its capitals back. Two letters may be
   initials, and most scripts have no capitals: those stay. #}
{% macro clean_person_name(expression) -%}
  {%- set line = clean_one_line(expression) -%}
  CASE
    WHEN {{ expression }} LIKE '%@%' THEN {{ line }}
    WHEN {{ expression }} = LOWER({{ expression }}) AND {{ expression }} <> UPPER({{ expression }})
      OR {{ expression }} = UPPER({{ expression }}) AND {{ expression }} <> LOWER({{ expression }})
        AND LENGTH(TRIM({{ expression }})) > 2
      OR {{ matches(expression, "^\\p{Ll}\\p{Lu}{2,}$") }}
      THEN {{ with_particles(title_case(line)) }}
    ELSE {{ line }}
  END
{%- endmacro %}

{# Small words within a name, and what follows Mc, after `title_case`. #}
{% macro with_particles(expression) -%}
  {{ replaced_all(expression, [
    ("(^|\\s)Van ", "\\1van "), ("(^|\\s)Von ", "\\1von "), ("(^|\\s)Der ", "\\1der "),
    ("(^|\\s)Den ", "\\1den "), ("(^|\\s)De ", "\\1de "), ("(^|\\s)La ", "\\1la "),
    ("(^|\\s)Du ", "\\1du "), ("(^|\\s)Da ", "\\1da "), ("(^|\\s)Dos ", "\\1dos "),
  ]) }}
{%- endmacro %}

{% macro clean_place_name(expression) -%}
  {%- set line = clean_one_line(expression) -%}
  CASE
    WHEN LENGTH({{ expression }}) > 3
      AND NOT {{ matches(expression, "[0-9]") }}
      AND (
        {{ expression }} = LOWER({{ expression }}) AND {{ expression }} <> UPPER({{ expression }})
        OR {{ expression }} = UPPER({{ expression }}) AND {{ expression }} <> LOWER({{ expression }})
      )
      THEN {{ title_case(line) }}
    ELSE {{ line }}
  END
{%- endmacro %}

{# The legal form at the end of a company's name, in its usual short form. #}
{% macro clean_company_name(expression) -%}
  {%- set line = clean_one_line(expression) -%}
  CASE
    WHEN {{ matches(expression, "(?i)[,\\s]\\s*(limited|ltd|g\\.?\\s?m\\.?\\s?b\\.?\\s?h|inc|incorporated|llc|l\\.l\\.c)[.,]*\\s*$") }}
      THEN {{ replaced_all(line, [
        ("(?i),?\\s+(limited|ltd)[.,]*$", " Ltd"),
        ("(?i),?\\s+g\\.?\\s?m\\.?\\s?b\\.?\\s?h[.,]*$", " GmbH"),
        ("(?i),?\\s+inc(orporated)?[.,]*$", " Inc"),
        ("(?i),?\\s+l\\.?l\\.?c[.,]*$", " LLC"),
      ]) }}
    ELSE {{ line }}
  END
{%- endmacro %}

{# The word for a street written out, by the rules of the address's country; where that is unknown,
   or the place of the word tells that it is another one (`St. Mary's Road`), the text stays. #}
{% macro clean_street(expression, country) -%}
  {%- set line = clean_one_line(expression) -%}
  {%- set rules = street_rules() -%}
  CASE
    {%- for countries, seen, replacements in rules %}
    WHEN UPPER({{ country }}) IN ('{{ countries | join("', '") }}') AND {{ matches(expression, seen) }}
      THEN {{ replaced_all(line, replacements) }}
    {%- endfor %}
    ELSE {{ line }}
  END
{%- endmacro %}

{# Countries, what an abbreviation looks like there, and what it stands for. English ones: the
   suffixes of the United States' postal service that no other word shares. #}
{% macro street_rules() -%}
  {{ return([
    (['DE', 'AT'], "(?i)(str(asse|\\.)?|pl\\.|g\\.)(\\s+[0-9]|$)", [
      ("(\\p{Ll})(?i:str(asse|\\.)?)(\\s+[0-9]|$)", "\\1straße\\3"),
      ("(^|[\\s-])(?i:str(asse|\\.)?)(\\s+[0-9]|$)", "\\1Straße\\3"),
      ("(\\p{Ll})pl\\.(\\s+[0-9]|$)", "\\1platz\\2"),
      ("(^|[\\s-])(?i:pl\\.)(\\s+[0-9]|$)", "\\1Platz\\2"),
      ("(\\p{Ll})g\\.(\\s+[0-9]|$)", "\\1gasse\\2"),
    ]),
    (['CH', 'LI'], "(?i)str\\.?(\\s+[0-9]|$)", [
      ("(\\p{Ll})str\\.?(\\s+[0-9]|$)", "\\1strasse\\2"),
      ("(^|[\\s-])Str\\.?(\\s+[0-9]|$)", "\\1Strasse\\2"),
    ]),
    (['NL', 'BE'], "str\\.?(\\s+[0-9]|$)", [("([\\p{Ll}])str\\.?(\\s+[0-9]|$)", "\\1straat\\2")]),
    (['GB', 'US', 'IE', 'CA', 'AU', 'NZ'],
      "(?i)\\s(st|rd|ave?|blvd|ln|dr|ct|sq|pkwy|hwy)\\.?(,|\\s*$)", [
      ("(?i)(\\S\\s+\\S*)\\sst\\.?(,|\\s*$)", "\\1 Street\\2"),
      ("(?i)(\\S)\\srd\\.?(,|\\s*$)", "\\1 Road\\2"),
      ("(?i)(\\S)\\save?\\.?(,|\\s*$)", "\\1 Avenue\\2"),
      ("(?i)(\\S)\\sblvd\\.?(,|\\s*$)", "\\1 Boulevard\\2"),
      ("(?i)(\\S)\\sln\\.?(,|\\s*$)", "\\1 Lane\\2"),
      ("(?i)(\\S)\\sdr\\.?(,|\\s*$)", "\\1 Drive\\2"),
      ("(?i)(\\S)\\sct\\.?(,|\\s*$)", "\\1 Court\\2"),
      ("(?i)(\\S)\\ssq\\.?(,|\\s*$)", "\\1 Square\\2"),
      ("(?i)(\\S)\\spkwy\\.?(,|\\s*$)", "\\1 Parkway\\2"),
      ("(?i)(\\S)\\shwy\\.?(,|\\s*$)", "\\1 Highway\\2"),
    ]),
    (['FR'], "(?i)^([0-9]+[a-z]*,?\\s+)?((av|bd|blvd|bld)\\.?|(pl|imp|all)\\.)\\s", [
      ("^([0-9]+[a-z]*,?\\s+)?pl\\.\\s+", "\\1place "),
      ("^([0-9]+[a-z]*,?\\s+)?imp\\.\\s+", "\\1impasse "),
      ("^([0-9]+[a-z]*,?\\s+)?all\\.\\s+", "\\1allée "),
      ("^([0-9]+[a-z]*,?\\s+)?av\\.?\\s+", "\\1avenue "),
      ("^([0-9]+[a-z]*,?\\s+)?(bd|blvd|bld)\\.?\\s+", "\\1boulevard "),
      ("^([0-9]+[a-z]*,?\\s+)?A[vV]\\.?\\s+", "\\1Avenue "),
      ("^([0-9]+[a-z]*,?\\s+)?(Bd|BD|Blvd|Bld)\\.?\\s+", "\\1Boulevard "),
    ]),
    (['ES'], "(?i)^(c/|avda|av|pza|plza|p\\.?º)", [
      ("(?i)^p\\.?º\\s*", "Paseo "),
      ("(?i)^c/\\s*", "Calle "),
      ("(?i)^(avda|av)(\\.\\s*|\\s+)", "Avenida "),
      ("(?i)^(pza|plza)(\\.\\s*|\\s+)", "Plaza "),
    ]),
    (['IT'], "(?i)^(v\\.le|p\\.?z?za|c\\.so|l\\.go)\\s", [
      ("(?i)^v\\.le\\s+", "Viale "),
      ("(?i)^p\\.?z?za\\.?\\s+", "Piazza "),
      ("(?i)^c\\.so\\s+", "Corso "),
      ("(?i)^l\\.go\\s+", "Largo "),
    ]),
    (['PL'], "(?i)^al\\.\\s", [("^al\\.\\s+", "aleja "), ("^Al\\.\\s+", "Aleja ")]),
    (['PT', 'BR'], "(?i)^(r|av)\\.\\s", [
      ("(?i)^r\\.\\s+", "Rua "),
      ("(?i)^av\\.\\s+", "Avenida "),
    ]),
  ]) }}
{%- endmacro %}
