"""The functions a hand-written query may call: what computes from its arguments alone.

An allow-list: whatever is not here is refused, so a function that a later DuckDB brings is refused
until somebody looked at it. Left out on purpose are all that read files, settings, the catalogue
or other SQL, and those that build a text of any length from a short one (repeat, lpad, replace,
format): DuckDB does not count their memory while they run.
"""

from __future__ import annotations

_OPERATORS = """
+ - * / // % ** ^ & | ~ << >> || @ ! ~~ !~~ ~~* !~~* ~~~ like_escape not_like_escape ilike_escape
not_ilike_escape -> ->> && <@ @> ^@ !
"""
_AGGREGATES = """
any_value arbitrary arg_max arg_min max_by min_by array_agg list avg mean bit_and bit_or bit_xor
bool_and bool_or corr count count_if count_star countif covar_pop covar_samp entropy favg first
fsum geomean geometric_mean group_concat histogram kurtosis last listagg mad max median min mode
product approx_count_distinct approx_quantile quantile quantile_cont quantile_disc regr_avgx
regr_avgy regr_count regr_intercept regr_r2 regr_slope sem skewness stddev stddev_pop stddev_samp
string_agg sum sum_no_overflow var_pop var_samp variance grouping grouping_id kahan_sum sumkahan
"""
_WINDOWS = """
cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank
rank_dense row_number fill
"""
_NUMBERS = """
abs acos asin atan atan2 bin bit_count cbrt ceil ceiling cos cot degrees divide even exp fdiv floor
fmod gcd greatest greatest_common_divisor isfinite isinf isnan lcm least least_common_multiple ln
log log10 log2 mod multiply nextafter pi pow power radians round round_even roundbankers sign sin
sqrt subtract add tan trunc width_bucket
"""
_TEXTS = """
ascii chr concat concat_ws contains ends_with suffix prefix starts_with instr strpos position
lcase lower left left_grapheme len length length_grapheme ltrim rtrim trim md5 sha256 hash
nfc_normalize ord unicode reverse right right_grapheme regexp_matches regexp_full_match
regexp_extract regexp_extract_all regexp_split_to_array regexp_escape split split_part str_split
string_split string_split_regex str_split_regex string_to_array strip_accents substr substring
substring_grapheme translate ucase upper char_length character_length
"""
_TIMES = """
age century current_date current_localtime current_localtimestamp current_timestamp date_add
date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname
dayofmonth dayofweek dayofyear decade epoch epoch_ms epoch_ns epoch_us era extract
get_current_time get_current_timestamp hour isodow isoyear julian last_day localtime
localtimestamp make_date make_time make_timestamp make_timestamptz microsecond millennium
millisecond minute month monthname nanosecond now quarter second strftime strptime
time_bucket timezone timezone_hour timezone_minute to_centuries to_date to_days to_decades to_hours
to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds
to_timestamp to_weeks to_years today transaction_timestamp try_strptime week weekday weekofyear
year yearweek
"""
_OTHERS = """
coalesce if ifnull nullif case error_is_null constant_or_null typeof try_cast cast
array_contains array_extract array_length array_position array_slice array_to_string array_value
cardinality element_at flatten list_any_value list_append list_avg list_concat list_contains
list_count list_distinct list_element list_extract list_filter list_first list_has list_has_all
list_has_any list_intersect list_last list_max list_min list_pack list_position list_prepend
list_reduce list_reverse list_reverse_sort list_slice list_sort list_sum list_transform
list_unique list_value list_zip map map_contains map_entries map_extract map_extract_value
map_from_entries map_keys map_values row struct_extract struct_extract_at struct_insert
struct_pack unnest json json_array_length json_contains json_extract json_extract_path
json_extract_path_text json_extract_string json_keys json_type json_valid json_value to_json
"""
ALLOWED = frozenset(
    " ".join([_OPERATORS, _AGGREGATES, _WINDOWS, _NUMBERS, _TEXTS, _TIMES, _OTHERS]).split()
)
