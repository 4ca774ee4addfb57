# Reference figures for tests/test_survey_reference.py, made with R's `survey` package.
# Run here with `Rscript survey_errors.R`: it writes answers.csv (made-up answers) and survey_errors.csv (the figures).
# Debian: apt-get install r-base-core r-cran-survey. The tests read the two files and never need R.

library(survey)
options(digits = 17)
set.seed(5)
level <- 0.95

# --- answers: two groups rate two agencies on four questions; some have no opinion -----------------------------------
values <- c(0, 0.25, 0.5, 0.75, 1)
populations <- c(hdnd = 120, so = 60)
forms <- c(hdnd = 40, so = 25)
make <- function(group) {
  n <- forms[[group]]
  mood <- rnorm(n)
  answers <- data.frame(group = group, form = seq_len(n))
  for (agency in c("a", "b")) {
    for (question in c("q1", "q2", "q3", "q4")) {
      raw <- mood + 0.8 * rnorm(n) + (agency == "a") * 0.3
      value <- values[cut(raw, c(-Inf, -1.6, -0.8, 0.1, 0.9, Inf), labels = FALSE)]
      value[runif(n) < 0.12] <- NA
      answers[[paste(agency, question, sep = ".")]] <- value
    }
  }
  answers
}
answers <- rbind(make("hdnd"), make("so"))
write.csv(answers, "answers.csv", row.names = FALSE, na = "", quote = FALSE)

# --- designs ----------------------------------------------------------------------------------------------------------
columns <- setdiff(names(answers), c("group", "form"))
for (column in columns) for (group in names(forms)) {
  own <- answers$group == group
  heard <- own & !is.na(answers[[column]])
  answers[[paste(group, column, "n", sep = ".")]] <- as.numeric(heard)
  answers[[paste(group, column, "y", sep = ".")]] <- ifelse(heard, answers[[column]], 0)
}
answers$population <- populations[answers$group]
answers$weight <- populations[answers$group] / forms[answers$group]
finite <- svydesign(ids = ~1, strata = ~group, fpc = ~population, data = answers)
endless <- svydesign(ids = ~1, strata = ~group, weights = ~weight, data = answers)

parts <- as.vector(outer(names(forms), columns, paste, sep = "."))
totals <- as.formula(paste("~", paste(c(paste0(parts, ".y"), paste0(parts, ".n")), collapse = " + ")))
ratio <- function(group, agency, question) {
  name <- paste(group, agency, question, sep = ".")
  sprintf("`%s.y` / `%s.n`", name, name)
}
plain <- function(group, agency, questions) {
  ratios <- sapply(questions, function(question) ratio(group, agency, question))
  sprintf("(%s) / %d", paste(ratios, collapse = " + "), length(questions))
}
contrast <- function(design, text) svycontrast(svytotal(totals, design), list(it = parse(text = text)[[1]]))

found <- data.frame(name = character(), value = numeric())
put <- function(name, value) found[nrow(found) + 1, ] <<- list(name, as.numeric(value))

# --- one question: the mean of those with an opinion, as svyratio and as the mean of a subpopulation -------------------
only <- subset(finite, group == "hdnd" & !is.na(a.q3))
put("question.mean", coef(svymean(~a.q3, only)))
put("question.error", SE(svymean(~a.q3, only)))
share <- svyratio(~hdnd.a.q3.y, ~hdnd.a.q3.n, subset(finite, group == "hdnd"))
stopifnot(abs(SE(share) - SE(svymean(~a.q3, only))) < 1e-14)
bounds <- confint(share, level = level, df = forms[["hdnd"]] - 1)
put("question.low", bounds[1])
put("question.high", bounds[2])

# --- a group's mean of two question means; a leaf of two groups, 2 and 3 points ----------------------------------------
group_hdnd <- contrast(finite, plain("hdnd", "a", c("q1", "q2")))
group_so <- contrast(finite, plain("so", "a", c("q1", "q2")))
put("part.mean", coef(group_hdnd))
put("part.error", SE(group_hdnd))
margin <- qt((1 + level) / 2, forms[["hdnd"]] - 1) * SE(group_hdnd)
put("part.low", coef(group_hdnd) - margin)
put("part.high", coef(group_hdnd) + margin)

leaf <- contrast(finite, sprintf("2 * %s + 3 * %s", plain("hdnd", "a", c("q1", "q2")), plain("so", "a", c("q1", "q2"))))
put("leaf.points", coef(leaf))
put("leaf.error", SE(leaf))
pieces <- c(4 * SE(group_hdnd)^2, 9 * SE(group_so)^2)
df <- sum(pieces)^2 / sum(pieces^2 / (forms - 1)) # Satterthwaite
put("leaf.df", df)
put("leaf.low", coef(leaf) - qt((1 + level) / 2, df) * SE(leaf))
put("leaf.high", coef(leaf) + qt((1 + level) / 2, df) * SE(leaf))

# --- an agency's index over three leaves (2 + 3, 1 and 4 points), and two agencies compared ----------------------------
hdnd <- function(agency) {
  sprintf("(2 * %s + %s)", plain("hdnd", agency, c("q1", "q2")), ratio("hdnd", agency, "q3"))
}
so <- function(agency) sprintf("(3 * %s + 4 * %s)", plain("so", agency, c("q1", "q2")), ratio("so", agency, "q4"))
index <- function(agency) sprintf("10 * (%s + %s)", hdnd(agency), so(agency))
for (agency in c("a", "b")) {
  whole <- contrast(finite, index(agency))
  put(paste0("index.", agency), coef(whole))
  put(paste0("index.", agency, ".error"), SE(whole))
}
apart <- contrast(endless, sprintf("%s - %s", index("a"), index("b")))
put("difference", coef(apart))
put("difference.error", SE(apart))
pieces <- 100 * c(
  SE(contrast(endless, sprintf("%s - %s", hdnd("a"), hdnd("b"))))^2,
  SE(contrast(endless, sprintf("%s - %s", so("a"), so("b"))))^2
)
df <- sum(pieces)^2 / sum(pieces^2 / (forms - 1))
put("difference.df", df)
put("difference.low", coef(apart) - qt((1 + level) / 2, df) * SE(apart))
put("difference.high", coef(apart) + qt((1 + level) / 2, df) * SE(apart))

# --- reliability: four questions, pairs over the forms with both, two agencies put together ----------------------------
whole <- matrix(0, 4, 4)
people <- Inf
for (agency in c("a", "b")) {
  own <- answers[answers$group == "hdnd", paste(agency, c("q1", "q2", "q3", "q4"), sep = ".")]
  both <- min(crossprod(!is.na(as.matrix(own))))
  whole <- whole + cov(own, use = "pairwise.complete.obs") * (both - 1)
  people <- min(people, both)
}
alpha <- 4 / 3 * (1 - sum(diag(whole)) / sum(whole))
put("alpha", alpha)
put("alpha.people", people)
put("alpha.low", 1 - (1 - alpha) * qf((1 + level) / 2, people - 1, (people - 1) * 3))
put("alpha.high", 1 - (1 - alpha) * qf((1 - level) / 2, people - 1, (people - 1) * 3))

# --- quantiles ---------------------------------------------------------------------------------------------------------
for (p in c(0.5, 0.9, 0.95, 0.999)) for (df in c(1, 2.5, 7, 63.2, 500, 12345.6)) put(sprintf("t %g %g", p, df), qt((1 + p) / 2, df))
for (p in c(0.025, 0.5, 0.975)) for (df in list(c(1, 1), c(5, 20), c(63, 315), c(109, 1090), c(2000, 14000))) {
  put(sprintf("f %g %g %g", p, df[1], df[2]), qf(p, df[1], df[2]))
}

found$value <- sprintf("%.17g", found$value)
write.csv(found, "survey_errors.csv", row.names = FALSE, quote = FALSE)
