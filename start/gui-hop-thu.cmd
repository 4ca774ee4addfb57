@echo off
rem Doc hop thu, mo bao cao, hoi, roi gui. Keo mot thu muc vao tep nay de doc thu muc ay thay cho hop-thu.
chcp 65001 >nul
cd /d "%~dp0.."
set "BOX=%~1"
if "%BOX%"=="" set "BOX=hop-thu"
if not exist "%BOX%" mkdir "%BOX%"
set "PATH=%CD%\.venv\Scripts;%PATH%"
parindex form read "%BOX%" --send
echo.
pause
