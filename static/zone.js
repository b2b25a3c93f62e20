// Proposes the browser's time zone if none was chosen yet. The person decides whether to store it.
const zone = document.querySelector("#id_time_zone");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !zone.value && [...zone.options].some((option) => option.value === here)) {
  zone.value = here;
}
