-- A street with the word for a street written out, by the rules of p_country; where that is unknown,
-- or the word's place tells that it is another one (`St. Mary's Road`), the text stays, in one line.
-- Grain: one street. p_country: ISO 3166-1 alpha-2 or NULL. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_street(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_country VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v = fn_one_line(p_text);
    IF p_country IN ('DE', 'AT') AND p_text REGEXP '(?i)(str(asse|\\.)?|pl\\.|g\\.)(\\s+[0-9]|$)' THEN
        SET v = REGEXP_REPLACE(v, '(\\p{Ll})(?i:str(asse|\\.)?)(\\s+[0-9]|$)', '\\1straße\\3');
        SET v = REGEXP_REPLACE(v, '(^|[\\s-])(?i:str(asse|\\.)?)(\\s+[0-9]|$)', '\\1Straße\\3');
        SET v = REGEXP_REPLACE(v, '(\\p{Ll})pl\\.(\\s+[0-9]|$)', '\\1platz\\2');
        SET v = REGEXP_REPLACE(v, '(^|[\\s-])(?i:pl\\.)(\\s+[0-9]|$)', '\\1Platz\\2');
        SET v = REGEXP_REPLACE(v, '(\\p{Ll})g\\.(\\s+[0-9]|$)', '\\1gasse\\2');
    ELSEIF p_country IN ('CH', 'LI') AND p_text REGEXP '(?i)str\\.?(\\s+[0-9]|$)' THEN
        SET v = REGEXP_REPLACE(v, '(\\p{Ll})str\\.?(\\s+[0-9]|$)', '\\1strasse\\2');
        SET v = REGEXP_REPLACE(v, '(^|[\\s-])Str\\.?(\\s+[0-9]|$)', '\\1Strasse\\2');
    ELSEIF p_country IN ('NL', 'BE') THEN
        SET v = REGEXP_REPLACE(v, '([\\p{Ll}])str\\.?(\\s+[0-9]|$)', '\\1straat\\2');
    ELSEIF p_country IN ('GB', 'US', 'IE', 'CA', 'AU', 'NZ')
        AND p_text REGEXP '(?i)\\s(st|rd|ave?|blvd|ln|dr|ct|sq|pkwy|hwy)\\.?(,|\\s*$)' THEN
        SET v = REGEXP_REPLACE(v, '(?i)(\\S\\s+\\S*)\\sst\\.?(,|\\s*$)', '\\1 Street\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\srd\\.?(,|\\s*$)', '\\1 Road\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\save?\\.?(,|\\s*$)', '\\1 Avenue\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\sblvd\\.?(,|\\s*$)', '\\1 Boulevard\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\sln\\.?(,|\\s*$)', '\\1 Lane\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\sdr\\.?(,|\\s*$)', '\\1 Drive\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\sct\\.?(,|\\s*$)', '\\1 Court\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\ssq\\.?(,|\\s*$)', '\\1 Square\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\spkwy\\.?(,|\\s*$)', '\\1 Parkway\\2');
        SET v = REGEXP_REPLACE(v, '(?i)(\\S)\\shwy\\.?(,|\\s*$)', '\\1 Highway\\2');
    ELSEIF p_country = 'FR'
        AND p_text REGEXP '(?i)^([0-9]+[a-z]*,?\\s+)?((av|bd|blvd|bld)\\.?|(pl|imp|all)\\.)\\s' THEN
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?pl\\.\\s+', '\\1place ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?imp\\.\\s+', '\\1impasse ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?all\\.\\s+', '\\1allée ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?av\\.?\\s+', '\\1avenue ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?(bd|blvd|bld)\\.?\\s+', '\\1boulevard ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?A[vV]\\.?\\s+', '\\1Avenue ');
        SET v = REGEXP_REPLACE(v, '^([0-9]+[a-z]*,?\\s+)?(Bd|BD|Blvd|Bld)\\.?\\s+', '\\1Boulevard ');
    ELSEIF p_country = 'ES' THEN
        SET v = REGEXP_REPLACE(v, '(?i)^p\\.?º\\s*', 'Paseo ');
        SET v = REGEXP_REPLACE(v, '(?i)^c/\\s*', 'Calle ');
        SET v = REGEXP_REPLACE(v, '(?i)^(avda|av)(\\.\\s*|\\s+)', 'Avenida ');
        SET v = REGEXP_REPLACE(v, '(?i)^(pza|plza)(\\.\\s*|\\s+)', 'Plaza ');
    ELSEIF p_country = 'IT' THEN
        SET v = REGEXP_REPLACE(v, '(?i)^v\\.le\\s+', 'Viale ');
        SET v = REGEXP_REPLACE(v, '(?i)^p\\.?z?za\\.?\\s+', 'Piazza ');
        SET v = REGEXP_REPLACE(v, '(?i)^c\\.so\\s+', 'Corso ');
        SET v = REGEXP_REPLACE(v, '(?i)^l\\.go\\s+', 'Largo ');
    ELSEIF p_country = 'PL' THEN
        SET v = REGEXP_REPLACE(REGEXP_REPLACE(v, '^al\\.\\s+', 'aleja '), '^Al\\.\\s+', 'Aleja ');
    ELSEIF p_country IN ('PT', 'BR') THEN
        SET v = REGEXP_REPLACE(v, '(?i)^r\\.\\s+', 'Rua ');
        SET v = REGEXP_REPLACE(v, '(?i)^av\\.\\s+', 'Avenida ');
    END IF;
    RETURN v;
END;
