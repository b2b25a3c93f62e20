// Proposes the browser's time zone where none was chosen yet; storing it is up to the person.
const zone = document.querySelector("#id_time_zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !zone.value && [...zone.options].some((option) => option.value === here)) {
  zone.value = here;
}
