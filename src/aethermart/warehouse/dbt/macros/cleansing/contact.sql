{# E-mail addresses and telephone numbers. #}

{# Small letters, without what mail programs and web pages put around it; NULL where that is not of
   the form name@domain.tld. Tags (`+shop`), dots, hyphens and foreign letters stay. #}
{% macro clean_email(expression) -%}
  {%- set bare = replaced_all("LOWER(REPLACE(" ~ expression ~ ", '＠', '@'))", [
    ("^.*<([^<>]+)>.*$", "\\1"),
    ("^[\\s\\p{Z}]*(mailto:|(e-?)?mail[\\s\\p{Z}]*:)?", ""),
    ("[\\s\\p{Z}]*(\\(at\\)|\\[at\\])[\\s\\p{Z}]*", "@"),
    ("[\\s\\p{Z}]+", ""),
    ("[.,;]+$", ""),
    ("(@[^,]+),([a-z]{2,}$)", "\\1.\\2"),
  ]) -%}
  {%- set form = "^[^@\\s\\p{Z},;:<>()\\[\\]]+@[^@\\s\\p{Z},;:<>()\\[\\]]+\\.[^@\\s\\p{Z}.,;:<>()\\[\\]0-9][^@\\s\\p{Z}.,;:<>()\\[\\]]+$" -%}
  CASE
    WHEN {{ matches(expression, form) }} THEN LOWER({{ expression }})
    WHEN {{ matches(bare, form) }} THEN {{ bare }}
  END
{%- endmacro %}

{# E.164 (+, country, number) where the text or the row says the country, else the national digits;
   NULL where that is no telephone number. The prefix for calls within the country falls away. #}
{% macro clean_phone(expression, country, country_known) -%}
  {%- set kept = replaced_all("TRANSLATE(" ~ expression ~ ", '＋０１２３４５６７８９', '+0123456789')", [
    ("(?i)\\s*(ext(ension)?|x|durchwahl|dw|#)[.:]?\\s*[0-9]{1,5}\\s*$", ""),
    ("\\(0\\)", ""),
    ("[^0-9+]+", ""),
  ]) -%}
  {%- set plus = replaced(kept, "^\\+(49|43|41|33|44|31|32|46|353|61|64)0", "+\\1") -%}
  {%- set zeros = "'+' || SUBSTR(" ~ kept ~ ", 3)" -%}
  CASE
    WHEN {{ matches(expression, "^\\+[1-9][0-9]{7,14}$") }} THEN {{ expression }}
    WHEN {{ matches(plus, "^\\+[1-9][0-9]{7,14}$") }} THEN {{ plus }}
    WHEN {{ matches(kept, "^00[1-9][0-9]{7,14}$") }} THEN {{ zeros }}
    {%- if country_known %}
    {%- for country_code, dial in longer_with_code().items() %}
    WHEN {{ country }} = '{{ country_code }}' AND {{ matches(kept, dial) }} THEN '+' || {{ kept }}
    {%- endfor %}
    {%- for trunk, dials in dialling_plans().items() %}
    WHEN {{ country }} IN ('{{ dials | join("', '") }}') AND {{ matches(kept, '^' ~ trunk ~ '[0-9]{6,12}$') }}
      THEN '+' || CASE {{ country }}
        {%- for code, dial in dials.items() %} WHEN '{{ code }}' THEN '{{ dial }}'{% endfor %} END
        || {{ replaced(kept, '^' ~ trunk, '') }}
    {%- endfor %}
    {%- endif %}
    WHEN {{ matches(kept, "^[0-9]{6,14}$") }} THEN {{ kept }}
  END
{%- endmacro %}

{# Country -> what a number with its country's code, but without the plus, looks like: longer than
   any of that country, or, where numbers begin with 0 at home, begun with the code. #}
{% macro longer_with_code() -%}
  {{ return({
    'IT': '^39[0-9]{10,11}$', 'ES': '^34[0-9]{9}$', 'PT': '^351[0-9]{9}$', 'PL': '^48[0-9]{9}$',
    'DK': '^45[0-9]{8}$', 'NO': '^47[0-9]{8}$', 'CZ': '^420[0-9]{9}$', 'GR': '^30[0-9]{10}$',
    'DE': '^49[1-9][0-9]{8,11}$', 'AT': '^43[1-9][0-9]{8,11}$', 'CH': '^41[1-9][0-9]{8}$',
    'FR': '^33[1-9][0-9]{8}$', 'GB': '^44[1-9][0-9]{8,9}$', 'NL': '^31[1-9][0-9]{8}$',
    'BE': '^32[1-9][0-9]{7,8}$', 'SE': '^46[1-9][0-9]{7,8}$',
  }) }}
{%- endmacro %}

{# Prefix for calls within a country (a pattern) -> country -> its code, after the ITU's list. #}
{% macro dialling_plans() -%}
  {{ return({
    '0': {'DE': '49', 'AT': '43', 'CH': '41', 'FR': '33', 'GB': '44', 'NL': '31', 'BE': '32',
      'SE': '46', 'FI': '358', 'IE': '353', 'RO': '40', 'BG': '359', 'HR': '385', 'SI': '386',
      'SK': '421', 'TR': '90', 'AU': '61', 'NZ': '64', 'JP': '81', 'IN': '91', 'ZA': '27'},
    '1?': {'US': '1', 'CA': '1'},
    '': {'IT': '39', 'ES': '34', 'PT': '351', 'PL': '48', 'DK': '45', 'NO': '47', 'CZ': '420',
      'GR': '30', 'LU': '352', 'EE': '372', 'LV': '371'},
    '06': {'HU': '36'},
    '8': {'LT': '370'},
  }) }}
{%- endmacro %}
